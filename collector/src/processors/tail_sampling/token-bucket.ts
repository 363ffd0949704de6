/** A token bucket that starts full, as golang.org/x/time/rate's `AllowN`. */
export class TokenBucket {
  private readonly perSecond: number;
  private readonly burst: number;
  private readonly now: () => number;
  private tokens: number;
  private lastMs: number;

  /** @param now A clock in milliseconds. */
  constructor(perSecond: number, burst: number, now: () => number) {
    this.perSecond = perSecond;
    this.burst = burst;
    this.now = now;
    this.tokens = burst;
    this.lastMs = now();
  }

  /** Takes `amount` tokens if there are so many; else none. */
  take(amount: number): boolean {
    const nowMs = this.now();
    const elapsedMs = Math.max(0, nowMs - this.lastMs);
    this.tokens = Math.min(this.burst, this.tokens + (elapsedMs / 1000) * this.perSecond);
    this.lastMs = nowMs;
    if (amount > this.tokens || amount > this.burst) return false;
    this.tokens -= amount;
    return true;
  }
}
