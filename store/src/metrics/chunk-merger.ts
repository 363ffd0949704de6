import { setImmediate } from "node:timers/promises";
import type { Database } from "../database/database.js";
import { RowBuffer } from "../database/row-buffer.js";
import { chunkTable } from "../database/schema.js";
import { decodeChunk, type Samples } from "./chunk-codec.js";
import { appendChunks } from "./metric-compactor.js";

/** How many series are joined in one transaction: bounds the memory, some megabytes. */
const seriesPerTransaction = 5000;

/** How many chunks are decoded before other work gets the JavaScript thread. */
const chunksPerTurn = 500;

/**
 * Joins the short chunks that only hold samples before `beforeMs` into long ones, series by series: less than half the
 * bytes, and a query reads one row where it read eight. A query sees either the short ones or the long one.
 */
export async function mergeRecentChunks(database: Database, beforeMs: number): Promise<void> {
  const before = BigInt(Math.trunc(beforeMs));
  const [ids = []] = await database.readColumns(
    "SELECT DISTINCT series_id FROM metric_recent_chunks WHERE max_ms < $1 ORDER BY series_id",
    [before],
  );
  for (let from = 0; from < ids.length; from += seriesPerTransaction) {
    const slice = ids.slice(from, from + seriesPerTransaction);
    await mergeSeries(database, Number(slice[0]), Number(slice.at(-1)), before);
  }
}

async function mergeSeries(database: Database, firstId: number, lastId: number, before: bigint): Promise<void> {
  const where = "series_id BETWEEN $1 AND $2 AND max_ms < $3";
  const [ids = [], , data = []] = await database.readColumns(
    `SELECT series_id, min_ms, data FROM metric_recent_chunks WHERE ${where} ORDER BY series_id, min_ms`,
    [firstId, lastId, before],
  );
  const rows = new RowBuffer(chunkTable);
  let pieces: Samples[] = [];
  for (let row = 0; row < ids.length; row++) {
    pieces.push(decodeChunk((data[row] as unknown as { bytes: Uint8Array }).bytes));
    if (ids[row + 1] !== ids[row]) {
      appendChunks(rows, Number(ids[row]), pieces);
      pieces = [];
    }
    if (row % chunksPerTurn === 0) await setImmediate();
  }
  await database.transaction({
    append: [[chunkTable, rows]],
    statements: [[`DELETE FROM metric_recent_chunks WHERE ${where}`, [firstId, lastId, before]]],
  });
  rows.release();
}
