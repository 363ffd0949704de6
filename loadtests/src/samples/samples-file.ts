import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { fieldsOf } from "../k6/csv.js";
import type { Samples } from "../k6/measurements.js";
import { NumberList } from "../k6/number-list.js";
import { LoadTestError, reasonOf } from "../load-test-error.js";

const HEADER = "method,name,end_ms,duration_ms,failed";
/** Twenty million requests: more than the memory of a laptop is good for. */
const TEXT_MAX_BYTES = 1024 ** 3;

/** CSV, one line a request, gzipped: any tool reads it. `end_ms` is Unix time, `failed` 0 or 1. */
export async function samplesToGzip(samples: Samples): Promise<Buffer> {
  const names = samples.endpoints.map(({ method, name }) => `${quoted(method)},${quoted(name)}`);
  const pieces: string[] = [`${HEADER}\n`];
  for (let at = 0; at < samples.endMs.length; at++) {
    const duration = Number((samples.durationMs[at] ?? 0).toFixed(3));
    pieces.push(`${names[samples.endpoint[at] ?? 0]},${samples.endMs[at]},${duration},${samples.failed[at]}\n`);
  }
  return promisify(gzip)(pieces.join(""));
}

/** @throws LoadTestError with the file and line of what cannot be read */
export async function readSamples(path: string): Promise<Samples> {
  let text: string;
  try {
    text = (await promisify(gunzip)(await readFile(path), { maxOutputLength: TEXT_MAX_BYTES })).toString("utf8");
  } catch (error) {
    throw new LoadTestError(`cannot read the samples in ${path}: ${reasonOf(error)}`, { cause: error });
  }
  const lines = text.split("\n");
  if (lines[0] !== HEADER) throw new LoadTestError(`${path}:1: not a file of samples (it should begin "${HEADER}")`);
  const endpoints = new Map<string, { index: number; method: string; name: string }>();
  const columns = [new NumberList(), new NumberList(), new NumberList(), new NumberList()] as const;
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at] as string;
    if (line === "") continue;
    const [method = "", name = "", ...numbers] = fieldsOf(line);
    const values = numbers.map(Number);
    if (values.length !== 3 || !values.every(Number.isFinite))
      throw new LoadTestError(`${path}:${at + 1}: not a sample`);
    const key = `${method} ${name}`;
    let endpoint = endpoints.get(key);
    if (endpoint === undefined) endpoints.set(key, (endpoint = { index: endpoints.size, method, name }));
    columns[0].push(endpoint.index);
    for (const [column, value] of values.entries()) columns[column + 1]?.push(value);
  }
  const [endpoint, endMs, durationMs, failed] = columns;
  return {
    endpoints: [...endpoints.values()].map(({ method, name }) => ({ method, name })),
    endpoint: endpoint.toArray(),
    endMs: endMs.toArray(),
    durationMs: durationMs.toArray(),
    failed: failed.toArray(),
  };
}

function quoted(text: string): string {
  // A line break would be read as the end of the sample.
  const line = text.replace(/[\r\n]+/g, " ");
  return /[",]/.test(line) ? `"${line.replaceAll('"', '""')}"` : line;
}
