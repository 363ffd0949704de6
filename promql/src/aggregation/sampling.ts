import type { LabelSet } from "../labels.js";

/**
 * Whether limit_ratio(ratio) takes a series. Deterministic per label set, and limit_ratio(-(1 - ratio)) takes exactly
 * the others. Prometheus makes the same promise but hashes differently, so it takes other series.
 */
export function isSampled(labels: LabelSet, ratio: number): boolean {
  const offset = unitHash(labels.key);
  return ratio >= 0 ? offset < ratio : offset >= 1 + ratio;
}

/** A hash of the text, evenly spread over [0, 1); two 32-bit multiply-xor lanes give its 53 bits. */
function unitHash(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return ((b & 0x1fffff) * 0x100000000 + (a >>> 0)) / 2 ** 53;
}
