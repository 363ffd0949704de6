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

/** Writers that never wait for anything else must still let answers of the disk in. */
const admissionsPerTurn = 8;

/**
 * Collects rows in memory and writes them as one transaction every `flushIntervalMs`, or when a reader asks. When the
 * disk refuses, nothing is lost up to the bound: the rows wait and are tried again with the next flush.
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
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.flush().catch(() => undefined);
    }, this.#settings.flushIntervalMs);
    return this.#pending;
  }

  /**
   * Resolves when there is room for another batch.
   * @throws {Error} when the bound is reached and the disk still refuses
   */
  async admit(): Promise<void> {
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
        for (const batch of batches) batch.release();
        this.#running = undefined;
      },
      (cause: unknown) => {
        this.#running = undefined;
        const message = cause instanceof Error ? cause.message : String(cause);
        this.#settings.log(`store: cannot write, will try again: ${message.split("\n", 1)[0]}`);
        throw new Error(`cannot write to the store: ${message}`, { cause });
      },
    );
    return this.#running;
  }

  #waitingBytes(): number {
    return this.#refused.reduce((sum, batch) => sum + batch.byteCount, this.#pending.byteCount);
  }
}
