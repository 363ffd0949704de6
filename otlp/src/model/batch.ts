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

/** The batch as the bytes of one Export*ServiceRequest. Does not copy when the batch has a single slice. */
export function batchToBytes(batch: Batch): Uint8Array {
  const only = batch.slices[0];
  if (only !== undefined && batch.slices.length === 1) return only;
  // Every byte is written below: zeroing megabytes first would be in vain.
  const { buffer } = Buffer.allocUnsafeSlow(batch.byteLength);
  const bytes = new Uint8Array(buffer);
  let offset = 0;
  for (const slice of batch.slices) {
    bytes.set(slice, offset);
    offset += slice.length;
  }
  return bytes;
}
