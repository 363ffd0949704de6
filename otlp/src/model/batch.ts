import type { Signal } from "./signal.js";

/**
 * Telemetry of one signal as wire bytes. Each slice is one or more whole `Resource*` records (field 1 of the export
 * request, tag included), so a list of slices is an export request, and joining lists is batching.
 * Immutable. Slices may alias the request body they came from: nobody writes to them.
 */
export interface Batch {
  readonly signal: Signal;
  readonly slices: readonly Uint8Array[];
  /** Spans, metric data points or log records. */
  readonly itemCount: number;
  /** Sum of the slices' lengths: the size of the export request. */
  readonly byteLength: number;
}

/**
 * Joins batches without copying a byte. The result shares the slices.
 * @throws TypeError when a batch is of another signal: a fault of the caller.
 */
export function concatBatches(signal: Signal, batches: readonly Batch[]): Batch {
  const slices: Uint8Array[] = [];
  let itemCount = 0;
  let byteLength = 0;
  for (const batch of batches) {
    if (batch.signal !== signal) throw new TypeError(`cannot join batches: ${batch.signal} among ${signal}`);
    for (const slice of batch.slices) slices.push(slice);
    itemCount += batch.itemCount;
    byteLength += batch.byteLength;
  }
  return { signal, slices, itemCount, byteLength };
}

/**
 * The batch's bytes in as few pieces as can be had without a copy: slices that lie side by side in memory, as those of
 * requests read one after the other do, are one piece.
 */
export function batchRuns(batch: Batch): Uint8Array[] {
  const runs: Uint8Array[] = [];
  const { slices } = batch;
  for (let index = 0; index < slices.length; ) {
    const first = slices[index++] as Uint8Array;
    let length = first.length;
    for (; index < slices.length; index++) {
      const next = slices[index] as Uint8Array;
      if (next.buffer !== first.buffer || next.byteOffset !== first.byteOffset + length) break;
      length += next.length;
    }
    runs.push(length === first.length ? first : new Uint8Array(first.buffer, first.byteOffset, length));
  }
  return runs;
}

/** The batch as the bytes of one Export*ServiceRequest. Does not copy when they are one piece already. */
export function batchToBytes(batch: Batch): Uint8Array {
  const runs = batchRuns(batch);
  const only = runs[0];
  if (only !== undefined && runs.length === 1) return only;
  // Every byte is written below: zeroing megabytes first would be in vain.
  const { buffer } = Buffer.allocUnsafeSlow(batch.byteLength);
  const bytes = new Uint8Array(buffer);
  let offset = 0;
  for (const run of runs) {
    bytes.set(run, offset);
    offset += run.length;
  }
  return bytes;
}
