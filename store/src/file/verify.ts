import type { Database } from "../database/database.js";
import { type Table, tables } from "../database/schema.js";
import { decodeChunk } from "../metrics/chunk-codec.js";
import { readSampleLog } from "../metrics/sample-log.js";

export interface Verification {
  /** One line each; empty when the file is sound. */
  readonly problems: readonly string[];
  readonly rows: Readonly<Record<string, number>>;
  /** Samples in chunks and in the log. */
  readonly samples: number;
}

/** Chunks that are read at a time. */
const page = 20_000;

const maxProblems = 20;

/** Conditions that hold for every row of a sound file: the count of rows that break one must be 0. */
const rules: readonly (readonly [what: string, sql: string])[] = [
  ["spans without a trace or span id", "FROM spans WHERE length(trace_id) <> 32 OR length(span_id) <> 16"],
  ["spans whose attributes are not JSON", "FROM spans WHERE NOT json_valid(attributes)"],
  ["spans whose events or links are not JSON", "FROM spans WHERE NOT json_valid(events) OR NOT json_valid(links)"],
  ["spans whose resource is missing", "FROM spans WHERE resource_id NOT IN (SELECT id FROM resources)"],
  ["logs whose resource is missing", "FROM logs WHERE resource_id NOT IN (SELECT id FROM resources)"],
  ["series that occur twice", "FROM (SELECT id FROM metric_series GROUP BY id HAVING count(*) > 1)"],
  ["series whose labels are not JSON", "FROM metric_series WHERE NOT json_valid(labels)"],
  [
    "chunks of unknown series",
    `FROM (SELECT series_id FROM metric_chunks UNION ALL SELECT series_id FROM metric_recent_chunks)
     WHERE series_id NOT IN (SELECT id FROM metric_series)`,
  ],
  [
    "chunks that overlap one of the same series",
    `FROM (SELECT min_ms, lag(max_ms) OVER (PARTITION BY series_id ORDER BY min_ms) AS before FROM (
       SELECT series_id, min_ms, max_ms FROM metric_chunks UNION ALL SELECT series_id, min_ms, max_ms FROM metric_recent_chunks))
     WHERE before >= min_ms`,
  ],
];

/** Reads the whole file: every block (DuckDB checks their checksums), every rule, every chunk and log record. */
export async function verifyDatabase(database: Database): Promise<Verification> {
  const problems: string[] = [];
  const report = (problem: string): void => void (problems.length < maxProblems && problems.push(problem));
  const rows: Record<string, number> = {};
  for (const table of tables) {
    try {
      rows[table.name] = await readEverything(database, table);
    } catch (error) {
      report(`table ${table.name} cannot be read: ${firstLine(error)}`);
    }
  }
  if (problems.length > 0) return { problems, rows, samples: 0 };
  for (const [what, sql] of rules) {
    const [answer] = await database.read(`SELECT count(*)::DOUBLE AS count ${sql}`);
    if (Number(answer?.count) > 0) report(`${answer?.count} ${what}`);
  }
  let samples = 0;
  for (const table of ["metric_chunks", "metric_recent_chunks"]) samples += await verifyChunks(database, table, report);
  samples += await verifyLog(database, report);
  return { problems, rows, samples };
}

async function readEverything(database: Database, table: Table): Promise<number> {
  const columns = table.columns.map((column) => column.name).join(", ");
  const [row] = await database.read(
    `SELECT count(*)::DOUBLE AS count, bit_xor(hash(${columns}))::VARCHAR AS hash FROM ${table.name}`,
  );
  return Number(row?.count);
}

async function verifyChunks(database: Database, table: string, report: (problem: string) => void): Promise<number> {
  let samples = 0;
  for (let from = -1n; ; ) {
    const [ids = [], series = [], first = [], last = [], counts = [], data = []] = await database.readColumns(
      `SELECT rowid, series_id, min_ms::DOUBLE, max_ms::DOUBLE, samples, data FROM ${table}
       WHERE rowid > $1 ORDER BY rowid LIMIT ${page}`,
      [from],
    );
    if (ids.length === 0) return samples;
    for (let row = 0; row < ids.length; row++) {
      try {
        const { times } = decodeChunk((data[row] as unknown as { bytes: Uint8Array }).bytes);
        const isRight = times.length === counts[row] && times[0] === first[row] && times.at(-1) === last[row];
        if (!isRight || !ascends(times))
          report(`a chunk of series ${series[row]} in ${table} does not hold what its row says`);
        samples += times.length;
      } catch (error) {
        report(`a chunk of series ${series[row]} in ${table}: ${firstLine(error)}`);
      }
    }
    from = ids.at(-1) as bigint;
  }
}

async function verifyLog(database: Database, report: (problem: string) => void): Promise<number> {
  let samples = 0;
  const known = new Set((await database.readColumns("SELECT id FROM metric_series"))[0]);
  let unknown = 0;
  const visit = (id: number): void => {
    samples++;
    if (!known.has(id)) unknown++;
  };
  for (const row of await database.read("SELECT sequence, data FROM metric_log ORDER BY sequence")) {
    try {
      readSampleLog((row.data as unknown as { bytes: Uint8Array }).bytes, { sample: visit, histogram: visit });
    } catch (error) {
      report(`record ${row.sequence} of the sample log: ${firstLine(error)}`);
    }
  }
  if (unknown > 0) report(`${unknown} samples of the log are of unknown series`);
  return samples;
}

function ascends(times: Float64Array): boolean {
  for (let index = 1; index < times.length; index++) {
    if ((times[index] as number) <= (times[index - 1] as number)) return false;
  }
  return true;
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split("\n", 1)[0] ?? "";
}
