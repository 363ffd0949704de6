import { ConnectionError, H2 } from "./http2-error.js";

/** As nghttp2: nobody who means well resets more, and whoever opens streams only to reset them costs much and pays nothing. */
const BURST = 1000;
const PER_MS = 33 / 1000;

/** How many streams of a connection may end by RST_STREAM, of either side. */
export class ResetBudget {
  #left = BURST;
  #sinceMs = performance.now();

  /** @throws ConnectionError when too many ended so. */
  spend(): void {
    const nowMs = performance.now();
    this.#left = Math.min(BURST, this.#left + (nowMs - this.#sinceMs) * PER_MS) - 1;
    this.#sinceMs = nowMs;
    if (this.#left < 0) throw new ConnectionError(H2.enhanceYourCalm, "too many streams were reset");
  }
}
