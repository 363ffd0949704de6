import { setImmediate } from "node:timers/promises";
import type { Database } from "../database/database.js";
import { RowBuffer } from "../database/row-buffer.js";
import { recentChunkTable } from "../database/schema.js";
import type { WriteBehind } from "../ingest/write-behind.js";
import { decodeChunk, encodeChunk, type Samples } from "./chunk-codec.js";
import type { MetricStore } from "./metric-store.js";
import { joinSamples, type Series } from "./series.js";
import { snapshotWrite } from "./series-snapshot.js";

/** Long chunks compress well, but a query must decode whole ones. */
const maxSamplesPerChunk = 1024;

/** How many series are encoded before other work gets the JavaScript thread. */
const seriesPerTurn = 200;

interface Moved {
  readonly series: Series;
  readonly lastMs: number;
  /** Until when its chunks reached before. */
  readonly before: number;
}

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
  const lastSeriesId = metrics.lastSeriesId;
  await writes.flush();
  const sequence = writes.lastSequence;
  const rows = new RowBuffer(recentChunkTable);
  const moved: Moved[] = [];
  let turn = 0;
  for (const series of [...metrics.index.series]) {
    const { sealed, open } = series.until(cutoffMs);
    const pieces = sealed.map((chunk) => decodeChunk(chunk.data));
    if (open !== undefined) pieces.push(open);
    const lastMs = appendChunks(rows, series.id, pieces);
    if (lastMs !== undefined) moved.push({ series, lastMs, before: series.chunkMaxMs });
    if (++turn % seriesPerTurn === 0) await setImmediate();
  }
  const cutoff = BigInt(Math.trunc(Math.min(8.64e15, cutoffMs)));
  // The snapshot must say how far the chunks reach, as this transaction leaves them.
  const snapshot = withChunkTimes(moved, () => snapshotWrite(metrics.index.series, lastSeriesId));
  await database.transaction({
    append: [[recentChunkTable, rows], ...snapshot.append],
    statements: [
      ["DELETE FROM metric_log WHERE sequence <= $1 AND max_ms <= $2", [sequence, cutoff]],
      ...snapshot.statements,
    ],
  });
  rows.release();
  for (const { series, lastMs } of moved) {
    series.chunkMaxMs = lastMs;
    metrics.sampleCount -= series.dropUntil(lastMs);
  }
}

/** Runs `work` while the moved series claim that their chunks are on disk, which queries must not see before they are. */
function withChunkTimes<T>(moved: readonly Moved[], work: () => T): T {
  for (const { series, lastMs } of moved) series.chunkMaxMs = lastMs;
  try {
    return work();
  } finally {
    for (const { series, before } of moved) series.chunkMaxMs = before;
  }
}

/** Appends pieces in order of time as chunks of one series; answers the time of the last sample, if there is any. */
export function appendChunks(rows: RowBuffer, seriesId: number, pieces: readonly Samples[]): number | undefined {
  let lastMs: number | undefined;
  for (const run of runsOfKind(pieces)) {
    const { times, values, histograms } = joinSamples(run);
    for (let from = 0; from < times.length; from += maxSamplesPerChunk) {
      const to = Math.min(times.length, from + maxSamplesPerChunk);
      const data = encodeChunk({
        times: times.subarray(from, to),
        values: values.subarray(from, to),
        ...(histograms === undefined ? {} : { histograms: histograms.slice(from, to) }),
      });
      lastMs = times[to - 1] as number;
      rows.push([seriesId, BigInt(times[from] as number), BigInt(lastMs), to - from, data]);
    }
  }
  return lastMs;
}

/** Floats and histograms never share a chunk. */
function runsOfKind(pieces: readonly Samples[]): Samples[][] {
  const runs: Samples[][] = [];
  for (const piece of pieces) {
    const last = runs.at(-1);
    if (last !== undefined && (last[0]?.histograms === undefined) === (piece.histograms === undefined))
      last.push(piece);
    else runs.push([piece]);
  }
  return runs;
}
