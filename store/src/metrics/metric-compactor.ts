import { setImmediate } from "node:timers/promises";
import type { Database } from "../database/database.js";
import { RowBuffer } from "../database/row-buffer.js";
import { chunkTable } from "../database/schema.js";
import type { WriteBehind } from "../ingest/write-behind.js";
import { encodeChunk } from "./chunk-codec.js";
import type { MetricStore } from "./metric-store.js";
import type { Series } from "./series.js";

/** Long chunks compress well, but a query must decode whole ones. */
const maxSamplesPerChunk = 1024;

/** How many series are encoded before other work gets the JavaScript thread. */
const seriesPerTurn = 500;

/**
 * Moves samples up to `cutoffMs` from memory into chunks on disk, and drops the log rows that only held such samples.
 * The samples leave memory after the commit, so a query sees each of them exactly once at any moment.
 */
export async function compactMetrics(
  database: Database,
  metrics: MetricStore,
  writes: WriteBehind,
  cutoffMs: number,
): Promise<void> {
  // The log and the series' own rows reach the disk first: chunks never refer to an unknown series.
  await writes.flush();
  const sequence = writes.lastSequence;
  const rows = new RowBuffer(chunkTable);
  const moved: { series: Series; lastMs: number }[] = [];
  let turn = 0;
  for (const series of [...metrics.index.series]) {
    const { times, values } = series.between(Number.NEGATIVE_INFINITY, cutoffMs);
    for (let from = 0; from < times.length; from += maxSamplesPerChunk) {
      const chunk = {
        times: times.subarray(from, from + maxSamplesPerChunk),
        values: values.subarray(from, from + maxSamplesPerChunk),
      };
      const firstMs = chunk.times[0] as number;
      const lastMs = chunk.times[chunk.times.length - 1] as number;
      const data = encodeChunk(chunk);
      rows.push([series.id, BigInt(firstMs), BigInt(lastMs), chunk.times.length, data]);
    }
    if (times.length > 0) moved.push({ series, lastMs: times[times.length - 1] as number });
    if (++turn % seriesPerTurn === 0) await setImmediate();
  }
  const cutoff = BigInt(Math.trunc(Math.min(8.64e15, cutoffMs)));
  await database.transaction({
    append: [[chunkTable, rows]],
    statements: [["DELETE FROM metric_log WHERE sequence <= $1 AND max_ms <= $2", [sequence, cutoff]]],
  });
  for (const { series, lastMs } of moved) {
    series.chunkMaxMs = lastMs;
    metrics.sampleCount -= series.dropUntil(lastMs);
  }
}
