import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { TraceSpan } from "@venturi/analysis";
import { fieldsOf } from "./csv.js";

const columns = ["trace", "span", "parent", "service", "operation", "start_us", "duration_us"] as const;

/** A small file may unpack to any size; no few minutes of traces that this analysis is made for need more. */
const unpackedBytesMax = 512 * 1024 * 1024;

/**
 * Reads spans from CSV with a header line; a name that ends in `.gz` is unpacked.
 * @throws when the file cannot be read, unpacked, or a line is not a span (named by its number)
 */
export async function readSpans(file: string): Promise<TraceSpan[]> {
  let text: string;
  try {
    const bytes = await readFile(file);
    const unpacked = file.endsWith(".gz")
      ? await promisify(gunzip)(bytes, { maxOutputLength: unpackedBytesMax })
      : bytes;
    text = unpacked.toString("utf8");
  } catch (cause) {
    throw new Error(`cannot read spans from ${file}: ${(cause as Error).message}`, { cause });
  }
  return parseSpans(text, file);
}

/** @throws naming `file` and the line when one is not a span */
export function parseSpans(text: string, file: string): TraceSpan[] {
  const lines = text.split(/\r?\n/);
  const header = fieldsOf(lines[0] ?? "") ?? [];
  const at = columns.map((column) => header.indexOf(column));
  const missing = columns.filter((_, index) => at[index] === -1);
  if (missing.length > 0)
    throw new Error(`cannot read spans from ${file}: line 1 lacks the column ${missing.join(", ")}`);
  const spans: TraceSpan[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line === "") continue;
    const all = fieldsOf(line);
    const span = all?.length === header.length ? spanOf(at.map((place) => all[place] ?? "")) : null;
    if (span === null)
      throw new Error(`cannot read spans from ${file}: line ${index + 1} is not a span: ${line.slice(0, 80)}`);
    spans.push(span);
  }
  if (spans.length === 0) throw new Error(`cannot read spans from ${file}: it has a header and no spans`);
  return spans;
}

function spanOf([
  trace = "",
  span = "",
  parent = "",
  service = "",
  operation = "",
  start = "",
  duration = "",
]: string[]) {
  const startUs = Number(start);
  const durationUs = Number(duration);
  const timed = start !== "" && duration !== "" && Number.isFinite(startUs) && Number.isFinite(durationUs);
  if (trace === "" || span === "" || service === "" || !timed || durationUs < 0) return null;
  const parentSpanId = parent === "" ? null : parent;
  return { traceId: trace, spanId: span, parentSpanId, service, operation, startUs, durationUs };
}
