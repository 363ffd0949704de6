import { listValue } from "@duckdb/node-api";
import type { SampleSeries } from "@venturi/promql";
import type { Database } from "../database/database.js";
import { decodeChunk, type Samples } from "./chunk-codec.js";
import type { Series } from "./series.js";

/** Prometheus' own default for samples that one query may load. */
const maxSamples = 50_000_000;

/** A query would load more samples than the store allows; Prometheus answers it as an execution error. */
export class QueryLimitError extends Error {
  override readonly name = "QueryLimitError";
}

/**
 * Samples of the given series in [startMs, endMs]: chunks from the database, then what is still in memory. The memory
 * part and the newest chunk's time are taken at one moment, so a compaction in between neither hides nor repeats any.
 */
export async function readChunks(
  database: Database,
  selected: readonly Series[],
  startMs: number,
  endMs: number,
): Promise<SampleSeries[]> {
  const parts = selected.map((series) => ({
    series,
    chunkMaxMs: series.chunkMaxMs,
    chunks: [] as Samples[],
    memory: series.between(startMs, endMs),
  }));
  const stored = parts.filter((part) => part.chunkMaxMs >= startMs);
  if (stored.length > 0) {
    const byId = new Map(stored.map((part) => [part.series.id, part]));
    for (const row of await chunkRows(database, [...byId.keys()], startMs, endMs)) {
      const part = byId.get(Number(row.series_id));
      if (part === undefined || Number(row.max_ms) > part.chunkMaxMs) continue;
      part.chunks.push(decodeChunk((row.data as unknown as { bytes: Uint8Array }).bytes));
    }
  }
  const result: SampleSeries[] = [];
  for (const { series, chunks, memory } of parts) {
    const samples = chunks.length === 0 ? memory : joined(chunks, memory, startMs, endMs);
    if (samples.times.length === 0) continue;
    result.push({ labels: series.labels, timestampsMs: samples.times, values: samples.values });
  }
  return result;
}

async function chunkRows(database: Database, ids: number[], startMs: number, endMs: number) {
  const where = "max_ms >= $1 AND min_ms <= $2 AND series_id IN (SELECT unnest($3::INTEGER[]))";
  const values = [int64(startMs), int64(endMs), listValue(ids)];
  const [total] = await database.read(
    `SELECT sum(samples)::DOUBLE AS samples FROM metric_chunks WHERE ${where}`,
    values,
  );
  if (Number(total?.samples ?? 0) > maxSamples) {
    throw new QueryLimitError("query processing would load too many samples into memory in query execution");
  }
  return database.read(
    `SELECT series_id, max_ms, data FROM metric_chunks WHERE ${where} ORDER BY series_id, min_ms`,
    values,
  );
}

function joined(chunks: readonly Samples[], memory: Samples, startMs: number, endMs: number): Samples {
  const pieces = [...chunks.map((chunk) => cut(chunk, startMs, endMs)), memory];
  const length = pieces.reduce((sum, piece) => sum + piece.times.length, 0);
  const times = new Float64Array(length);
  const values = new Float64Array(length);
  let at = 0;
  for (const piece of pieces) {
    times.set(piece.times, at);
    // A bulk copy keeps the bits of a NaN, which the stale marker needs.
    values.set(piece.values, at);
    at += piece.times.length;
  }
  return { times, values };
}

function cut(samples: Samples, startMs: number, endMs: number): Samples {
  const { times } = samples;
  let from = 0;
  while (from < times.length && (times[from] as number) < startMs) from++;
  let to = times.length;
  while (to > from && (times[to - 1] as number) > endMs) to--;
  return { times: times.subarray(from, to), values: samples.values.subarray(from, to) };
}

function int64(timeMs: number): bigint {
  return BigInt(Math.trunc(Math.min(8.64e15, Math.max(-8.64e15, timeMs))));
}
