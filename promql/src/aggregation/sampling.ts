import type { LabelSet } from "../labels.js";
import { xxhash64 } from "./xxhash.js";

const MAX_UINT64 = 2 ** 64;

/**
 * Whether limit_ratio(ratio) takes a series. Deterministic per label set, and limit_ratio(-(1 - ratio)) takes exactly
 * the others; the same series as Prometheus takes, by the same hash of the same bytes.
 */
export function isSampled(labels: LabelSet, ratio: number): boolean {
  const offset = Number(xxhash64(encodedLabels(labels))) / MAX_UINT64;
  return ratio >= 0 ? offset < ratio : offset >= 1 + ratio;
}

/** Names and values, each after its length: one byte, or 255 and three bytes, the lowest first. */
function encodedLabels({ flat }: LabelSet): Uint8Array {
  const chunks: Uint8Array[] = [];
  for (const text of flat) {
    const bytes = Buffer.from(text);
    const { length } = bytes;
    chunks.push(
      Uint8Array.from(length < 255 ? [length] : [255, length & 255, (length >> 8) & 255, length >> 16]),
      bytes,
    );
  }
  return Buffer.concat(chunks);
}
