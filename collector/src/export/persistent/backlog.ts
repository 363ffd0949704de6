import { type Batch, MalformedOtlpError, readBatch, type Signal } from "@venturi/otlp";
import type { ComponentHost, Outcome, Refusal, StorageFolder } from "../../component.js";
import type { Lane } from "../../ledger.js";
import { bytesOf } from "../../net/wire-cache.js";
import { Entry } from "../parcel.js";
import { storageFailed } from "../refusals.js";
import { QueueLog } from "./queue-log.js";

/** Most of what waits is also kept in memory, so that a destination that keeps up costs no reading. */
const CACHE_BYTES = 16 * 1024 * 1024;

/**
 * The queue of one exporter and signal on disk. A batch counts as taken when `write(2)` has it (it survives the end of
 * this process), with the storage's `fsync` when the disk has it (it survives the end of the machine).
 */
export class Backlog {
  private readonly host: ComponentHost;
  private readonly signal: Signal;
  private readonly folder: StorageFolder;
  private readonly log: QueueLog;
  private readonly lanes: readonly Lane[];
  private cachedBytes = 0;

  constructor(host: ComponentHost, signal: Signal, folder: StorageFolder, lanes: readonly Lane[]) {
    this.host = host;
    this.signal = signal;
    this.folder = folder;
    this.lanes = lanes;
    this.log = new QueueLog(folder.path);
  }

  /**
   * What an earlier process left, in order, booked as recovered. What is damaged is named in the log and booked as
   * recovered and dropped. @throws Error of the file system.
   */
  recovered(): Entry[] {
    const { batches, lost, damages } = this.log.open();
    for (const damage of damages) this.host.log.error("Persistent queue is damaged.", { damage });
    if (lost.batches > 0) {
      const lane = this.laneOf("");
      lane.recovered += lost.items;
      lane.drop(lost.items, "corrupt_record");
      this.host.log.error("Persistent queue has lost batches.", { batches: lost.batches, dropped_items: lost.items });
    }
    let items = 0;
    const entries = batches.map((stored) => {
      const lane = this.laneOf(stored.pipeline);
      lane.recovered += stored.items;
      items += stored.items;
      return new Entry(lane, stored);
    });
    if (entries.length > 0) this.host.log.info("Persistent queue is recovered.", { batches: entries.length, items });
    return entries;
  }

  /** Calls `taken` when the batch is safe, and answers what `refused` makes of a failure otherwise. */
  store(
    batch: Batch,
    lane: Lane,
    taken: (entry: Entry) => void,
    refused: (refusal: Refusal) => Refusal,
  ): Outcome | Promise<Outcome> {
    let entry: Entry;
    try {
      entry = new Entry(lane, this.log.append(lane.pipeline, batch.itemCount, bytesOf(batch)));
    } catch (error) {
      return refused(storageFailed(error));
    }
    if (this.cachedBytes + entry.bytes <= CACHE_BYTES) {
      this.cachedBytes += entry.bytes;
      entry.batch = batch;
    }
    if (!this.folder.fsync) {
      taken(entry);
      return undefined;
    }
    return this.log.sync().then(
      () => taken(entry),
      (error: unknown) => {
        this.release(entry);
        return refused(storageFailed(error));
      },
    ) as Promise<Outcome>;
  }

  /** Reads what is only on disk. A refusal: it is not what was written. */
  load(entry: Entry): Batch | Refusal {
    if (entry.stored === undefined) throw new Error("BUG: an entry is neither in memory nor on disk");
    const bytes = this.log.read(entry.stored);
    if (bytes === undefined) return damaged("its checksum is wrong");
    try {
      return readBatch(this.signal, bytes);
    } catch (error) {
      if (error instanceof MalformedOtlpError) return damaged(error.message);
      throw error;
    }
  }

  /** The entry is not sent any more by this queue: it is done, or stays on disk. */
  release(entry: Entry): void {
    if (entry.batch !== undefined) this.cachedBytes -= entry.bytes;
    if (entry.stored !== undefined && !entry.unfinished) this.log.done(entry.stored);
  }

  async close(): Promise<void> {
    // Who waits for the disk is answered first.
    if (this.folder.fsync) await this.log.sync().catch(() => {});
    this.log.close();
    await this.folder.close();
  }

  private laneOf(pipeline: string): Lane {
    const lane = this.lanes.find((one) => one.pipeline === pipeline) ?? this.lanes[0];
    if (lane === undefined) throw new Error("BUG: a queue without a pipeline");
    return lane;
  }
}

function damaged(why: string): Refusal {
  return { reason: "storage_failed", message: `a batch of the persistent queue is damaged: ${why}`, retryable: false };
}
