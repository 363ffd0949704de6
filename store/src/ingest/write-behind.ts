import { setImmediate } from "node:timers/promises";
import type { Database } from "../database/database.js";
import { PendingWrites } from "./pending-writes.js";

export interface WriteBehindSettings {
  /** Longest time that an accepted write waits in memory. */
  readonly flushIntervalMs: number;
  /** Above this many bytes waiting, `admit` makes writers wait for the disk. */
  readonly maxPendingBytes: number;
  readonly log: (line: string) => void;
}

/** So much waiting is written without waiting for the interval: a transaction of this size costs little per row. */
const earlyFlushBytes = 16 * 1024 * 1024;

/** After a failure, writers are refused for so long before one of them makes another attempt. */
const retryMs = 500;

/** Writers that never wait for anything else must still let answers of the disk in. */
const admissionsPerTurn = 8;

/**
 * Collects rows in memory and writes them as one transaction every `flushIntervalMs`, or when a reader asks. When the
 * disk refuses, nothing accepted is lost: the rows wait and are tried again, and nothing more is accepted meanwhile.
 */
export class WriteBehind {
  readonly #database: Database;
  readonly #settings: WriteBehindSettings;
  #pending = new PendingWrites();
  #refused: PendingWrites[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #queued: Promise<void> | undefined;
  #sequence: bigint;
  #admitted = 0;
  #isStopped = false;
  /** Why the last flush failed. */
  #failure: { readonly error: Error; readonly retryAtMs: number } | undefined;

  constructor(database: Database, firstSequence: bigint, settings: WriteBehindSettings) {
    this.#database = database;
    this.#sequence = firstSequence;
    this.#settings = settings;
  }

  /** Sequence of the newest sample log row that is on disk. */
  get lastSequence(): bigint {
    return this.#sequence - 1n;
  }

  /** Where to put rows now; ask anew for every batch. Schedules the flush. */
  get pending(): PendingWrites {
    this.#schedule(this.#settings.flushIntervalMs);
    return this.#pending;
  }

  /**
   * Resolves when there is room for another batch.
   * @throws {Error} while the disk refuses: what was accepted before waits, and nothing more is promised
   */
  async admit(): Promise<void> {
    if (this.#failure !== undefined && this.#running === undefined) {
      if (performance.now() < this.#failure.retryAtMs) throw this.#failure.error;
      await this.flush();
    }
    if (this.#waitingBytes() >= this.#settings.maxPendingBytes) await this.flush();
    else if (this.#running === undefined && this.#pending.byteCount >= earlyFlushBytes) {
      // The disk works while the next batches are decoded; a writer that never waits would keep the timer from firing.
      this.flush().catch(() => undefined);
      await setImmediate();
    } else if (++this.#admitted % admissionsPerTurn === 0) await setImmediate();
  }

  /** Everything accepted before the call is on disk and visible to queries when this resolves. */
  flush(): Promise<void> {
    if (this.#running === undefined) return this.#run();
    if (this.#pending.isEmpty) return this.#running;
    this.#queued ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#queued = undefined;
        return this.#running ?? this.#run();
      });
    return this.#queued;
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #run(): Promise<void> {
    const batches = this.#pending.isEmpty ? this.#refused : [...this.#refused, this.#pending];
    if (batches.length === 0) return Promise.resolve();
    this.#pending = new PendingWrites();
    this.#refused = batches;
    const first = this.#sequence;
    this.#sequence += BigInt(batches.length);
    const append = batches.flatMap((batch, index) => batch.appends(first + BigInt(index)));
    this.#running = this.#database.transaction({ append }).then(
      () => {
        this.#refused = [];
        if (this.#failure !== undefined) this.#settings.log("store: the disk takes writes again");
        this.#failure = undefined;
        for (const batch of batches) batch.release();
        this.#running = undefined;
      },
      (cause: unknown) => {
        this.#running = undefined;
        throw this.#failed(cause);
      },
    );
    return this.#running;
  }

  #failed(cause: unknown): Error {
    const message = String(cause instanceof Error ? cause.message : cause).split("\n", 1)[0];
    if (this.#failure === undefined) this.#settings.log(`store: cannot write, will try again: ${message}`);
    const error = new Error(`cannot write to the store: ${message}`, { cause });
    this.#failure = { error, retryAtMs: performance.now() + retryMs };
    if (!this.#isStopped) this.#schedule(Math.max(retryMs, this.#settings.flushIntervalMs));
    return error;
  }

  #schedule(delayMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.flush().catch(() => undefined);
    }, delayMs);
  }

  #waitingBytes(): number {
    return this.#refused.reduce((sum, batch) => sum + batch.byteCount, this.#pending.byteCount);
  }
}
