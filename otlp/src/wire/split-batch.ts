import type { Batch } from "../model/batch.js";

/** Cuts a batch into batches of at most `maxItems` items, in order. */
export function splitBatch(_batch: Batch, _maxItems: number): Batch[] {
  throw new Error("not built yet");
}
