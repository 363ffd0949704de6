import { listValue } from "@duckdb/node-api";
import type { SampleSeries } from "@venturi/promql";
import type { Database } from "../database/database.js";
import { decodeChunk, type Samples } from "./chunk-codec.js";
import { cut, joinSamples, type Series } from "./series.js";

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
  const stored = parts.filter((part) => part.chunkMaxMs >= startMs && part.series.minMs <= endMs);
  if (stored.length > 0) {
    const byId = new Map(stored.map((part) => [part.series.id, part]));
    const { ids, data } = await chunkRows(database, [...byId.keys()], startMs, endMs);
    for (let row = 0; row < ids.length; row++) {
      const part = byId.get(ids[row] as number);
      if (part === undefined) continue;
      // What was in memory a moment ago may be in a chunk by now, even in one with older samples.
      const untilMs = Math.min(endMs, part.chunkMaxMs);
      const { bytes } = data[row] as { bytes: Uint8Array };
      part.chunks.push(cut(decodeChunk(bytes), startMs, untilMs));
    }
  }
  const result: SampleSeries[] = [];
  for (const { series, chunks, memory } of parts) {
    const { times, values, histograms } = joinSamples([...chunks, memory]);
    if (times.length === 0) continue;
    const samples = { labels: series.labels, timestampsMs: times, values };
    result.push(histograms === undefined ? samples : { ...samples, histograms });
  }
  return result;
}

interface ChunkRows {
  readonly ids: readonly unknown[];
  readonly data: readonly unknown[];
}

async function chunkRows(database: Database, ids: number[], startMs: number, endMs: number): Promise<ChunkRows> {
  const where = `max_ms >= $1 AND min_ms <= $2 AND series_id IN (SELECT unnest($3::INTEGER[]))`;
  const both = (columns: string): string =>
    `SELECT ${columns} FROM metric_chunks WHERE ${where} UNION ALL SELECT ${columns} FROM metric_recent_chunks WHERE ${where}`;
  const values = [int64(startMs), int64(endMs), listValue(ids)];
  const [total] = await database.read(`SELECT sum(samples)::DOUBLE AS samples FROM (${both("samples")})`, values);
  if (Number(total?.samples ?? 0) > maxSamples) {
    throw new QueryLimitError("query processing would load too many samples into memory in query execution");
  }
  const [series = [], , data = []] = await database.readColumns(
    `${both("series_id, min_ms, data")} ORDER BY series_id, min_ms`,
    values,
  );
  return { ids: series, data };
}

function int64(timeMs: number): bigint {
  return BigInt(Math.trunc(Math.min(8.64e15, Math.max(-8.64e15, timeMs))));
}
