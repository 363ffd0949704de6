import { type Batch, batchRuns, batchToBytes } from "@venturi/otlp";
import type { Compress } from "./encodings/compress.js";

/**
 * Encodings of a batch, made once and shared by every exporter that the batch is fanned out to. They live as long as the
 * batch itself.
 */
const encoded = new WeakMap<Batch, Uint8Array>();
const compressed = new WeakMap<Batch, Map<string, Promise<Uint8Array>>>();

export function bytesOf(batch: Batch): Uint8Array {
  let bytes = encoded.get(batch);
  if (bytes === undefined) {
    bytes = batchToBytes(batch);
    encoded.set(batch, bytes);
  }
  return bytes;
}

/** `key` names the compression and its level. */
export function compressedBytesOf(batch: Batch, key: string, compress: Compress): Promise<Uint8Array> {
  let byKey = compressed.get(batch);
  if (byKey === undefined) compressed.set(batch, (byKey = new Map()));
  let bytes = byKey.get(key);
  if (bytes === undefined) byKey.set(key, (bytes = compress(piecesOf(batch))));
  return bytes;
}

/** Below this a copy is cheaper than a write, or a turn of a compressor, of its own. */
const PIECE_BYTES = 64 * 1024;

/** The batch's bytes where they are when that makes few large pieces, else copied into one. */
export function piecesOf(batch: Batch): readonly Uint8Array[] {
  const runs = batchRuns(batch);
  return batch.byteLength >= runs.length * PIECE_BYTES ? runs : [bytesOf(batch)];
}
