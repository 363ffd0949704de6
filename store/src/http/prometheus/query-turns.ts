/** Lets a few queries work at one time; the others wait in the order in which they came. */
export class QueryTurns {
  readonly #limit: number;
  readonly #waiting = new Set<() => void>();
  #active = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Runs `work` when there is room for it.
   * @throws {unknown} the signal's reason, when it is aborted before that: then `work` never runs
   */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#active >= this.#limit) await this.#turn(signal);
    else this.#active++;
    try {
      return await work();
    } finally {
      const [next] = this.#waiting;
      if (next === undefined) this.#active--;
      else next();
    }
  }

  /** Resolves with the place of a query that has ended. */
  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(begin);
        signal.removeEventListener("abort", abort);
      };
      const begin = (): void => {
        leave();
        resolve();
      };
      const abort = (): void => {
        leave();
        reject(signal.reason);
      };
      signal.throwIfAborted();
      this.#waiting.add(begin);
      signal.addEventListener("abort", abort);
    });
  }
}
