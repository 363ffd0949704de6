import { pbkdf2, pbkdf2Sync } from "node:crypto";
import { promisify } from "node:util";

const roundIterations = 2_000;

/**
 * Derives keys synchronously for `durationMs`: the event loop does nothing else meanwhile. By time rather than by
 * rounds, so that it hurts as much on a fast machine as on a slow one.
 */
export function deriveKeysFor(durationMs: number): void {
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs) pbkdf2Sync("order", "receipt", roundIterations, 32, "sha256");
}

const derive = promisify(pbkdf2);

/** Derives as many keys on a thread, without the event loop's time. */
export async function deriveKeysAside(durationMs: number): Promise<void> {
  let spentMs = 0;
  while (spentMs < durationMs) {
    const startMs = performance.now();
    await derive("order", "receipt", roundIterations, 32, "sha256");
    spentMs += performance.now() - startMs;
  }
}
