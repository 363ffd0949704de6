/** Nanoseconds since the epoch as milliseconds, rounded down. */
export function nanoToMs(nano: bigint): number {
  return Number(nano / 1_000_000n);
}

/** As `nanoToMs`, of the two 32-bit words of a time: exact without a bigint, since no step leaves 53 bits. */
export function wordsToMs(high: number, low: number): number {
  // 2^32 ns are 4294 ms and 967296 ns.
  return high * 4294 + Math.floor((high * 967_296 + low) / 1_000_000);
}
