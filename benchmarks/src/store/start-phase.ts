import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { postAll } from "./poster.js";
import { remoteWriteHeaders, SampleGenerator } from "./sample-generator.js";
import { startVenturi } from "./servers.js";
import { SpanGenerator } from "./span-generator.js";

export interface StartMeasurement {
  readonly fileBytes: number;
  readonly spans: number;
  readonly series: number;
  /** From the start of the process: Node.js, the command, the collector, the file, an answer. */
  readonly firstTraceAnswerMs: number;
  readonly firstMetricAnswerMs: number;
}

const seedSpans = 200_000;

/** Makes a file of about `bytes`, then starts on it and asks at once. */
export async function measureStart(
  folder: string,
  bytes: number,
  series: number,
  rounds: number,
): Promise<StartMeasurement[]> {
  const directory = join(folder, "start");
  await mkdir(directory, { recursive: true });
  await seed(directory, series);
  const spans = await multiply(join(directory, "venturi.duckdb"), bytes);
  const { size } = await stat(join(directory, "venturi.duckdb"));
  const measurements: StartMeasurement[] = [];
  for (let round = 0; round < rounds; round++) {
    const startMs = performance.now();
    const server = await startVenturi(directory);
    try {
      await answered(`${server.apiUrl}/api/traces/${"0".repeat(31)}1`);
      const firstTraceAnswerMs = performance.now() - startMs;
      await answered(`${server.apiUrl}/api/v1/query?query=count(process_resident_memory_bytes)`);
      const firstMetricAnswerMs = performance.now() - startMs;
      measurements.push({ fileBytes: size, spans, series, firstTraceAnswerMs, firstMetricAnswerMs });
      console.log(
        `start    ${(size / 1e9).toFixed(2)} GB, ${spans} spans, ${series} series: first trace answer after ${firstTraceAnswerMs.toFixed(0)} ms, first metric answer after ${firstMetricAnswerMs.toFixed(0)} ms`,
      );
    } finally {
      await server.process.stop();
    }
  }
  return measurements;
}

async function answered(url: string): Promise<void> {
  const answer = await fetch(url);
  await answer.arrayBuffer();
  if (answer.status >= 500) throw new Error(`${url} answered ${answer.status}`);
}

async function seed(directory: string, series: number): Promise<void> {
  const server = await startVenturi(directory);
  try {
    const generator = new SpanGenerator(400);
    const bodies = Array.from({ length: seedSpans / 1000 }, (_, index) =>
      generator.request(index % 6, 1000, Date.now() - 3_600_000 + index * 1000, 1000),
    );
    await postAll(`${server.otlpUrl}/v1/traces`, bodies, {
      headers: { "content-type": "application/x-protobuf" },
      connections: 4,
    });
    const samples = new SampleGenerator(series, 401);
    for (let scrape = 0; scrape < 4; scrape++) {
      const round = samples.round(Date.now() - 60_000 + scrape * 15_000);
      await postAll(`${server.apiUrl}/api/v1/write`, round, { headers: remoteWriteHeaders, connections: 2 });
    }
  } finally {
    await server.process.stop();
  }
}

/** Copies the spans under other ids and earlier times until the file has the size: a minute where sending takes ten. */
async function multiply(path: string, bytes: number): Promise<number> {
  const instance = await DuckDBInstance.create(path, { memory_limit: "2GiB" });
  const connection = await instance.connect();
  const { size } = await stat(path);
  const copies = Math.max(0, Math.ceil(bytes / size) - 1);
  await connection.run("CREATE TEMP TABLE seed AS SELECT * FROM spans");
  const fields = await connection.runAndReadAll("SELECT column_name FROM (DESCRIBE spans)");
  const replaced: Readonly<Record<string, string>> = {
    trace_id: "md5(trace_id || $1)",
    span_id: "left(md5(span_id || $1), 16)",
    parent_span_id: "CASE WHEN parent_span_id = '' THEN '' ELSE left(md5(parent_span_id || $1), 16) END",
    start_ns: "start_ns - $1::BIGINT * 60000000000",
  };
  const columns = fields.getRows().map(([name]) => replaced[String(name)] ?? String(name));
  for (let copy = 1; copy <= copies; copy++) {
    await connection.run(`INSERT INTO spans SELECT ${columns.join(", ")} FROM seed`, [String(copy)]);
  }
  await connection.run("DROP TABLE seed");
  await connection.run("CHECKPOINT");
  const counted = await connection.runAndReadAll("SELECT count(*)::DOUBLE FROM spans");
  connection.closeSync();
  instance.closeSync();
  return Number(counted.getRows()[0]?.[0]);
}
