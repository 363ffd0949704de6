import { pbkdf2Sync } from "node:crypto";

const roundIterations = 2_000;

/**
 * Derives keys synchronously for `durationMs`: the event loop does nothing else meanwhile. By time rather than by
 * rounds, so that it hurts as much on a fast machine as on a slow one.
 */
export function deriveKeysFor(durationMs: number): void {
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs) pbkdf2Sync("order", "receipt", roundIterations, 32, "sha256");
}
