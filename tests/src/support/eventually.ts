import { setTimeout as delay } from "node:timers/promises";

/**
 * Asks again until the question has an answer: for what another process will know soon. `ask` returns undefined, or
 * throws, while it is too early.
 *
 * @throws Error with the last failure when the time is over.
 */
export async function eventually<T>(what: string, ask: () => Promise<T | undefined>, timeoutMs = 30_000): Promise<T> {
  const end = Date.now() + timeoutMs;
  let last: unknown = "no answer";
  while (Date.now() < end) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await delay(150);
  }
  throw new Error(`${what}: not within ${timeoutMs} ms (${last instanceof Error ? last.message : String(last)})`, {
    cause: last,
  });
}
