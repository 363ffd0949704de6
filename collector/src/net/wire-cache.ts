import { type Batch, batchToBytes } from "@venturi/otlp";

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
export function compressedBytesOf(
  batch: Batch,
  key: string,
  compress: (bytes: Uint8Array) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  let byKey = compressed.get(batch);
  if (byKey === undefined) compressed.set(batch, (byKey = new Map()));
  let bytes = byKey.get(key);
  if (bytes === undefined) byKey.set(key, (bytes = compress(bytesOf(batch))));
  return bytes;
}
