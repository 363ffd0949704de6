/** Nanoseconds since the epoch as milliseconds, rounded down. */
export function nanoToMs(nano: bigint): number {
  return Number(nano / 1_000_000n);
}
