import type { Batch } from "@venturi/otlp";
import { z } from "zod";
import { type ComponentHost, type ExporterFactory, StartError, type StoreSink } from "../../component.js";
import { listenAddress } from "../../config/schema-types.js";
import { ExportError } from "../../export/export-error.js";
import { queueSchema, retrySchema } from "../../export/queue-config.js";
import { QueuedExporter, type Sender } from "../../export/queued-exporter.js";
import { DELIVERED, type PushResult } from "../../export/sending-queue.js";

const schema = z.strictObject({
  path: z.string().default("venturi.db"),
  endpoint: listenAddress("127.0.0.1:9090"),
  // A database has one writer: more consumers would only wait for each other.
  sending_queue: queueSchema.prefault({ num_consumers: 1 }),
  retry_on_failure: retrySchema.prefault({}),
});

export type VenturiStoreExporterConfig = z.infer<typeof schema>;

/** Writes to the embedded store that the host of the collector lends. */
export const venturiStoreExporter: ExporterFactory<VenturiStoreExporterConfig> = {
  kind: "exporter",
  type: "venturi_store",
  schema,
  signals: { traces: "beta", metrics: "beta", logs: "beta" },
  create: (config, host) =>
    new QueuedExporter({
      queue: config.sending_queue,
      retry: config.retry_on_failure,
      timeoutMs: 0,
      sender: new StoreSender(config, host),
      host,
    }),
};

class StoreSender implements Sender {
  /** A store's file and ports have one owner. */
  readonly exclusive = true;
  private readonly config: VenturiStoreExporterConfig;
  private readonly host: ComponentHost;
  private sink: StoreSink | undefined;

  constructor(config: VenturiStoreExporterConfig, host: ComponentHost) {
    this.config = config;
    this.host = host;
  }

  async start(): Promise<void> {
    const { openStore, id } = this.host;
    if (openStore === undefined) {
      throw new StartError(
        `cannot start exporter "${id.text}": this collector runs without an embedded store; start it with "venturi up" or remove the exporter`,
      );
    }
    this.sink = await openStore({ path: this.config.path, endpoint: this.config.endpoint });
  }

  async push(batch: Batch): Promise<PushResult> {
    if (this.sink === undefined) throw new Error("BUG: pushed before start");
    try {
      await this.sink.write(batch);
    } catch (error) {
      throw new ExportError(`cannot write to the store: ${(error as Error).message}`, {
        retryable: true,
        cause: error,
      });
    }
    return DELIVERED;
  }

  async close(): Promise<void> {
    const { sink } = this;
    this.sink = undefined;
    await sink?.close();
  }
}
