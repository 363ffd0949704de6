/** Lets one event of a kind through per interval and counts the others, so that a failing backend cannot flood the log. */
export class LogThrottle {
  private readonly intervalMs: number;
  private readonly now: () => number;
  private lastMs = -Infinity;
  private suppressed = 0;

  constructor(intervalMs: number = 10_000, now: () => number = () => performance.now()) {
    this.intervalMs = intervalMs;
    this.now = now;
  }

  /** Calls `write` with the number of events that were swallowed since the last one, unless it is too soon. */
  run(write: (suppressed: number) => void): void {
    const nowMs = this.now();
    if (nowMs - this.lastMs < this.intervalMs) {
      this.suppressed++;
      return;
    }
    const { suppressed } = this;
    this.lastMs = nowMs;
    this.suppressed = 0;
    write(suppressed);
  }
}
