import type { Batch, Signal } from "@venturi/otlp";
import type { ZodType } from "zod";
import type { Authenticator } from "./auth/authenticator.js";
import type { BoundEndpoint } from "./collector.js";
import type { ComponentId, ComponentKind } from "./config/component-id.js";
import type { PipelineConfig } from "./config/config.js";
import type { Lane, LedgerSnapshot } from "./ledger.js";
import type { Logger } from "./telemetry/logger.js";
import type { MetricRegistry } from "./telemetry/metric-registry.js";
import type { ExplainSampling } from "./telemetry/sampling-explanations.js";

/**
 * # The contract of a component
 *
 * **Life cycle.** Four phases, driven by the collector and by nobody else:
 * 1. *create*: the factory's `create` gets a validated config. It allocates, but opens no socket, file or timer; it throws
 *    only for a bug.
 * 2. *start*: called once, downstream components first (exporters, processors, connectors, then receivers), so that
 *    whoever is fed is ready before the first batch. Throws `StartError` when the world refuses (a port in use).
 * 3. *run*: `consume` may be called from the end of `start` until `shutdown` is called.
 * 4. *shutdown*: receivers first, exporters last; resolves when everything the component held has been handed on or
 *    counted as dropped, and every timer, socket and file is closed. It may come without `start` and may come twice: the
 *    second call does nothing. It never rejects for data that could not be delivered: that is what the ledger is for.
 *
 * **Bytes.** A `Batch` is immutable and is shared: a fan-out hands the same object to every consumer. Nobody writes into
 * its slices; who changes telemetry builds a new batch and copies only what changed. A consumer may keep a batch as
 * long as it likes. Bytes are validated once, by the receiver (`readBatch`), so nobody behind it checks again.
 *
 * **Outcome.** `consume` answers `undefined` when the batch was taken: from then on the consumer answers for its
 * delivery and counts what it drops. It answers a `Refusal` when it took nothing, so that the sender can be told to come
 * back. It answers a promise only when it must wait (no queue, `block_on_overflow`). It does not throw for bad data.
 */
export interface Component {
  start(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Why a consumer took nothing of a batch. A refusal is data, not an exception: it is common under overload. */
export interface Refusal {
  /** Short and stable: it becomes a label value. */
  readonly reason: "queue_full" | "memory_limited" | "shutdown" | "export_failed" | "storage_failed";
  readonly message: string;
  /** Whether the same batch may be accepted later. */
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
}

/** `undefined`: the batch was taken. */
export type Outcome = Refusal | undefined;

export interface Consumer {
  consume(batch: Batch): Outcome | Promise<Outcome>;
}

/** Feeds pipelines through the outputs that `create` was given. */
export type Receiver = Component;
/** Sits in one pipeline; every pipeline has its own instance. */
export type Processor = Component & Consumer;
/** Ends some pipelines and begins others; one instance per pair of signals. */
export type Connector = Component & Consumer;
/** Ends pipelines. One instance serves all signals and pipelines that name it; `consumer` is called once for each. */
export interface Exporter extends Component {
  consumer(signal: Signal, lane: Lane): Consumer;
  /**
   * Called when a reload replaced this exporter by `heir`, which is started: gives it what was taken and not delivered.
   * Resolves when everything is closed; `shutdown` may come meanwhile. Who has no such method is shut down before its heir
   * starts: it has something (a port, a file) that only one can have.
   */
  handOver?: (heir: Exporter) => Promise<void>;
}
/**
 * Serves other components: health, profiles, as an authenticator that receivers and exporters name in `auth`, or as a
 * storage that queues name in `storage`.
 */
export interface Extension extends Component {
  readonly authenticator?: Authenticator;
  readonly storage?: Storage;
}

/** Keeps bytes across restarts. */
export interface Storage {
  /**
   * A folder for one use (`name`) of one component, which nobody else has until it is closed.
   * @throws StartError when it cannot be made or another process has it.
   */
  openFolder(owner: ComponentId, name: string): Promise<StorageFolder>;
}

export interface StorageFolder {
  readonly path: string;
  /** Whether bytes must be on the disk, and not only with the operating system, before they count as written. */
  readonly fsync: boolean;
  close(): Promise<void>;
}

export interface StoreSink {
  /** Resolves when the store accepted the batch. */
  write(batch: Batch): Promise<void>;
  close(): Promise<void>;
}

export interface VenturiStoreConfig {
  readonly path: string;
  /** host:port of the Prometheus and Jaeger APIs and of the pages. */
  readonly endpoint: string;
}

export type OpenStore = (config: VenturiStoreConfig) => Promise<StoreSink>;

/** What is known about the running collector as a whole. */
export interface ServiceSnapshot {
  readonly version: string;
  readonly instanceId: string;
  /** Since the epoch. */
  readonly startedMs: number;
  readonly pipelines: readonly PipelineConfig[];
  readonly extensions: readonly string[];
  readonly endpoints: readonly BoundEndpoint[];
  readonly ledger: LedgerSnapshot;
}

/** What the collector lends to a component. */
export interface ComponentHost {
  readonly id: ComponentId;
  readonly log: Logger;
  readonly metrics: MetricRegistry;
  /** `service.instance.id` of this collector. */
  readonly instanceId: string;
  /** Until when (`performance.now()`) a drain may take; `Infinity` before shutdown began. */
  readonly drainDeadlineMs: () => number;
  /** True between the end of the start and the begin of the shutdown. */
  readonly isServing: () => boolean;
  /** Reports an address that was bound, so that `RunningCollector.endpoints` lists it. */
  readonly bound: (protocol: string, address: string) => void;
  readonly service: () => ServiceSnapshot;
  /** The authenticator that an enabled extension is; to be asked at `start`, when all extensions are there. */
  readonly authenticator: (id: string) => Authenticator | undefined;
  /** The storage that an enabled extension is; to be asked at `start`, when all extensions are there. */
  readonly storage: (id: string) => Storage | undefined;
  /** To be called at `start` by who decides about whole traces: `/sampling/TRACE_ID` asks it why. */
  readonly explainSampling: (explain: ExplainSampling) => void;
  /** Absent when the host that started the collector lends no store. */
  readonly openStore: OpenStore | undefined;
}

/** How sure a user may be of a component, per signal; upstream's words. */
export type Stability = "development" | "alpha" | "beta" | "stable";
export type SignalStability = Partial<Readonly<Record<Signal, Stability>>>;

interface FactoryBase<Config> {
  readonly kind: ComponentKind;
  /** Canonical type as written in YAML. */
  readonly type: string;
  /** Other spellings of the type that upstream accepts. */
  readonly aliases?: readonly string[];
  /** Validates, fills defaults and documents. Unknown keys must be errors: use `z.strictObject`. */
  readonly schema: ZodType<Config>;
}

export interface ReceiverFactory<Config> extends FactoryBase<Config> {
  readonly kind: "receiver";
  readonly signals: SignalStability;
  /** `outputs` has an entry for each signal of which a pipeline names this receiver. */
  create(config: Config, outputs: Partial<Readonly<Record<Signal, Consumer>>>, host: ComponentHost): Receiver;
}

export interface ProcessorFactory<Config> extends FactoryBase<Config> {
  readonly kind: "processor";
  readonly signals: SignalStability;
  create(config: Config, signal: Signal, next: Consumer, lane: Lane, host: ComponentHost): Processor;
}

export interface ConnectorFactory<Config> extends FactoryBase<Config> {
  readonly kind: "connector";
  readonly pairs: readonly { readonly from: Signal; readonly to: Signal; readonly stability: Stability }[];
  create(config: Config, from: Signal, to: Signal, next: Consumer, host: ComponentHost): Connector;
}

export interface ExporterFactory<Config> extends FactoryBase<Config> {
  readonly kind: "exporter";
  readonly signals: SignalStability;
  create(config: Config, host: ComponentHost): Exporter;
}

export interface ExtensionFactory<Config> extends FactoryBase<Config> {
  readonly kind: "extension";
  create(config: Config, host: ComponentHost): Extension;
}

// A registry holds factories of every config type. `create` is a method, so its parameter is bivariant and a
// `ReceiverFactory<OtlpConfig>` is a `ReceiverFactory<unknown>`: the graph passes back what the same factory's schema made.
export type Factory =
  | ReceiverFactory<unknown>
  | ProcessorFactory<unknown>
  | ConnectorFactory<unknown>
  | ExporterFactory<unknown>
  | ExtensionFactory<unknown>;

/** A component cannot start because the world refuses; the message is one line that says what to do. */
export class StartError extends Error {
  override readonly name = "StartError";
}
