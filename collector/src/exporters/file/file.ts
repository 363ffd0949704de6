import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Batch, Signal } from "@venturi/otlp";
import {
  type ComponentHost,
  type Consumer,
  type Exporter,
  type ExporterFactory,
  type Outcome,
  StartError,
} from "../../component.js";
import { type ExporterMetrics, exporterMetrics, observeInFlight } from "../../export/exporter-metrics.js";
import type { Lane } from "../../ledger.js";
import { LogThrottle } from "../../telemetry/log-throttle.js";
import { directoryMode, type FileExporterConfig, fileExporterSchema } from "./config.js";
import { type Encode, encoder } from "./encode.js";
import { groupByAttribute, groupPath } from "./group-by.js";
import { OutputFile } from "./output-file.js";

/** Writes OTLP to files, as JSON lines or as protobuf. */
export const fileExporter: ExporterFactory<FileExporterConfig> = {
  kind: "exporter",
  type: "file",
  schema: fileExporterSchema,
  signals: { traces: "alpha", metrics: "alpha", logs: "alpha" },
  create: (config, host) => new FileExporter(config, host),
};

/** From here on a file is written without waiting for its flush. */
const FLUSH_BYTES = 64 * 1024;
/** What waits for a disk that takes nothing. Beyond it senders are told to come back. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;

/** Where an item's fate is written down. */
interface Books {
  readonly lane: Lane;
  readonly metrics: ExporterMetrics;
}

class FileExporter implements Exporter {
  private readonly config: FileExporterConfig;
  private readonly host: ComponentHost;
  /** By path; the one that was written to last stands last. */
  private readonly files = new Map<string, OutputFile>();
  /** Paths of groups that this run has opened once. */
  private readonly opened = new Set<string>();
  private readonly throttle = new LogThrottle();
  private encode: Encode | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(config: FileExporterConfig, host: ComponentHost) {
    this.config = config;
    this.host = host;
  }

  consumer(signal: Signal, lane: Lane): Consumer {
    const books = { lane, metrics: exporterMetrics(this.host.metrics, this.host.id.text, signal) };
    observeInFlight(this.host.metrics, this.host.id.text, signal, () => 0);
    return { consume: (batch) => this.consume(batch, books) };
  }

  async start(): Promise<void> {
    const { path, create_directory, flush_interval, group_by } = this.config;
    this.encode = await encoder(this.config);
    try {
      if (create_directory) mkdirSync(dirname(path), { recursive: true, mode: directoryMode(this.config) });
      if (!group_by.enabled) this.open(path);
    } catch (error) {
      const message = `cannot start exporter "${this.host.id.text}": cannot open ${path}: ${(error as Error).message}`;
      throw new StartError(message, { cause: error });
    }
    this.timer = setInterval(() => this.flushAll(), flush_interval || 1000);
    this.timer.unref();
  }

  async shutdown(): Promise<void> {
    clearInterval(this.timer);
    for (const file of this.files.values()) this.guard(file.path, () => file.close());
    this.files.clear();
  }

  private consume(batch: Batch, books: Books): Outcome {
    if (this.heldBytes() >= MAX_HELD_BYTES) {
      this.flushAll();
      if (this.heldBytes() >= MAX_HELD_BYTES) {
        return { reason: "queue_full", message: "the disk does not take the data", retryable: true };
      }
    }
    if (this.config.group_by.enabled) this.consumeGroups(batch, books);
    else this.write(this.open(this.config.path), batch, books);
    return undefined;
  }

  private consumeGroups(batch: Batch, books: Books): void {
    const { path, group_by } = this.config;
    const { batches, without } = groupByAttribute(batch, group_by.resource_attribute);
    // As upstream, whose exporter leaves these out; here the ledger says so.
    if (without > 0) drop(books, without, "no_path_segment");
    for (const [segment, part] of batches) {
      const target = groupPath(path, segment);
      let file: OutputFile;
      try {
        mkdirSync(dirname(target), { recursive: true, mode: directoryMode(this.config) });
        file = this.open(target);
      } catch (error) {
        this.report(target, error);
        drop(books, part.itemCount, "write_failed");
        continue;
      }
      this.write(file, part, books);
    }
  }

  private write(file: OutputFile, batch: Batch, books: Books): void {
    if (this.encode === undefined) throw new Error("BUG: consumed before start");
    const { itemCount } = batch;
    file.add(this.encode(batch), (isWritten) => {
      if (!isWritten) return drop(books, itemCount, "shutdown");
      books.lane.sent += itemCount;
      books.metrics.sent.add(itemCount);
    });
    // Rotated files are not buffered, as upstream.
    if (this.config.rotation === undefined && file.heldBytes < FLUSH_BYTES) return;
    this.guard(file.path, () => file.flush());
  }

  private open(path: string): OutputFile {
    let file = this.files.get(path);
    this.files.delete(path);
    if (file === undefined) {
      const { append, group_by, rotation } = this.config;
      this.closeOldest(group_by.max_open_files - 1);
      // A file that was closed to save descriptors is opened again: it must not lose what it has.
      file = new OutputFile(path, { append: append || this.opened.has(path), rotation });
      if (group_by.enabled) this.opened.add(path);
    }
    this.files.set(path, file);
    return file;
  }

  private closeOldest(keep: number): void {
    for (const [path, file] of this.files) {
      if (this.files.size <= keep) return;
      this.files.delete(path);
      this.guard(path, () => file.close());
    }
  }

  private heldBytes(): number {
    let bytes = 0;
    for (const file of this.files.values()) bytes += file.heldBytes;
    return bytes;
  }

  private flushAll(): void {
    for (const file of this.files.values()) if (file.heldBytes > 0) this.guard(file.path, () => file.flush());
  }

  private guard(path: string, write: () => void): void {
    try {
      write();
    } catch (error) {
      this.report(path, error);
    }
  }

  private report(path: string, error: unknown): void {
    this.throttle.run((suppressed) =>
      this.host.log.error("cannot write to a file", { path, error: (error as Error).message, suppressed }),
    );
  }
}

function drop({ lane, metrics }: Books, items: number, reason: string): void {
  lane.drop(items, reason);
  metrics.sendFailed.add(items);
}
