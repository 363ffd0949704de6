import type { Batch } from "@venturi/otlp";
import type { ComponentHost, Connector, ConnectorFactory, Consumer, Outcome } from "../../component.js";
import { giveBack } from "../../lease.js";
import { anyValueText } from "../../records/any-value-text.js";
import { AttributeRanges } from "../../records/attribute-ranges.js";
import type { ResourceHeader } from "../../records/scope-header.js";
import { SpanFields } from "../../records/span-fields.js";
import { type RecordVisitor, walkRecords } from "../../records/walk-records.js";
import { LogThrottle } from "../../telemetry/log-throttle.js";
import type { Counter } from "../../telemetry/metric-registry.js";
import { type ServiceGraphConfig, serviceGraphSchema } from "./config.js";
import { EdgeMetrics } from "./edge-metrics.js";
import { type Edge, EdgeStore } from "./edge-store.js";

/** Finds who calls whom, how often, how long and with what success, by pairing the spans of both sides. */
export const serviceGraphConnector: ConnectorFactory<ServiceGraphConfig> = {
  kind: "connector",
  type: "servicegraph",
  aliases: ["service_graph"],
  schema: serviceGraphSchema,
  pairs: [{ from: "traces", to: "metrics", stability: "alpha" }],
  create: (config, _from, _to, next, host) => new ServiceGraph(config, next, host),
};

const SERVER = 2;
const CLIENT = 3;
const PRODUCER = 4;
const CONSUMER = 5;
const ERROR = 2;
const SERVICE_NAME = 0;
/** Series that did not change for so long are forgotten. */
const STALE_MS = 15 * 60_000;

class ServiceGraph implements Connector, RecordVisitor {
  private readonly config: ServiceGraphConfig;
  private readonly next: Consumer;
  private readonly host: ComponentHost;
  private readonly store: EdgeStore;
  private readonly graph: EdgeMetrics;
  private readonly fields: SpanFields;
  private readonly resourceAttributes: AttributeRanges;
  private readonly slots: ReadonlyMap<string, number>;
  private readonly newEdges: Counter;
  private readonly expired: Counter;
  private readonly dropped: Counter;
  private readonly refusedLog = new LogThrottle();
  private timers: NodeJS.Timeout[] = [];
  private isClosed = false;
  private header: ResourceHeader | undefined;
  private service: string | undefined;
  private nowMs = 0;

  constructor(config: ServiceGraphConfig, next: Consumer, host: ComponentHost) {
    this.config = config;
    this.next = next;
    this.host = host;
    const keys = [
      ...new Set([
        "service.name",
        ...config.dimensions,
        ...config.virtual_node_peer_attributes,
        ...config.databaseNames,
      ]),
    ];
    this.slots = new Map(keys.map((key, slot) => [key, slot]));
    this.fields = new SpanFields(keys);
    this.resourceAttributes = new AttributeRanges(keys);
    const { ttl, max_items } = config.store;
    this.store = new EdgeStore(
      ttl,
      max_items,
      (edge) => this.graph.record(edge, this.nowMs),
      (edge) => this.expire(edge),
    );
    const { bounds, exponential_histogram_max_size: exponentialSize, virtual_node_extra_label } = config;
    this.graph = new EdgeMetrics({ bounds, exponentialSize, virtualNodeLabel: virtual_node_extra_label }, Date.now());
    const counter = (suffix: string, help: string): Counter =>
      host.metrics.counter({ name: `otelcol_connector_servicegraph_${suffix}`, help, unit: "1" });
    this.newEdges = counter("total_edges", "Total number of unique edges");
    this.expired = counter("expired_edges", "Number of edges that expired before finding its matching span");
    this.dropped = counter("dropped_spans", "Number of spans dropped when trying to add edges");
  }

  async start(): Promise<void> {
    const { metrics_flush_interval, cache_loop, store_expiration_loop } = this.config;
    if (metrics_flush_interval > 0) this.timers.push(setInterval(() => void this.flush(), metrics_flush_interval));
    this.timers.push(setInterval(() => this.graph.forgetBefore(Date.now() - STALE_MS), cache_loop));
    this.timers.push(setInterval(() => this.expireAt(Date.now()), store_expiration_loop));
  }

  consume(batch: Batch): Outcome {
    this.nowMs = Date.now();
    walkRecords(batch, this);
    giveBack(batch);
    if (this.config.metrics_flush_interval === 0) void this.flush();
    return undefined;
  }

  /** What waits for its other side waits in vain from now on; then the last numbers are sent. */
  async shutdown(): Promise<void> {
    for (const timer of this.timers.splice(0)) clearInterval(timer);
    if (this.isClosed) return;
    this.isClosed = true;
    this.expireAt(Number.POSITIVE_INFINITY);
    await this.flush();
  }

  resource(header: ResourceHeader): void {
    this.header = header;
    const { resourceAttributes: attributes } = this;
    attributes.noteAll(header.bytes, header.resourceStart, header.resourceEnd, 1);
    this.service = this.resourceText(SERVICE_NAME);
  }

  scope(): void {}

  record(bytes: Uint8Array, _recordStart: number, start: number, end: number): void {
    const { fields, service } = this;
    if (service === undefined) return;
    fields.read(bytes, start, end);
    const { kind } = fields;
    if (kind === CLIENT || kind === PRODUCER) this.clientSide(service);
    else if (kind === SERVER || kind === CONSUMER) this.serverSide(service);
  }

  private clientSide(service: string): void {
    const { fields } = this;
    this.upsert(fields.spanIdStart, fields.spanIdEnd, (edge) => {
      edge.connectionType = fields.kind === PRODUCER ? "messaging_system" : "";
      edge.client = service;
      edge.clientSeconds = this.seconds();
      edge.failed ||= fields.statusCode === ERROR;
      this.addDimensions(edge, "client");
      edge.peer = this.first(this.config.virtual_node_peer_attributes, (slot) => this.spanText(slot)) ?? edge.peer;
      // A database has no spans of its own: the client's are both sides.
      const database = this.first(this.config.databaseNames, (slot) => this.resourceText(slot) ?? this.spanText(slot));
      if (database === undefined) return;
      edge.connectionType = "database";
      edge.server = database;
      edge.serverSeconds = this.seconds();
    });
  }

  private serverSide(service: string): void {
    const { fields } = this;
    this.upsert(fields.parentStart, fields.parentEnd, (edge) => {
      edge.connectionType = fields.kind === CONSUMER ? "messaging_system" : "";
      edge.server = service;
      edge.serverSeconds = this.seconds();
      edge.failed ||= fields.statusCode === ERROR;
      this.addDimensions(edge, "server");
    });
  }

  /** The client's span id, which is the server's parent, names the edge within its trace. */
  private upsert(idStart: number, idEnd: number, update: (edge: Edge) => void): void {
    const { bytes, trace0, trace1, trace2, trace3 } = this.fields;
    const id = Buffer.from(bytes.buffer, bytes.byteOffset + idStart, idEnd - idStart).toString("latin1");
    const isRoot = /^\0*$/.test(id);
    const key = String.fromCharCode(
      trace0 >>> 16,
      trace0 & 0xffff,
      trace1 >>> 16,
      trace1 & 0xffff,
      trace2 >>> 16,
      trace2 & 0xffff,
      trace3 >>> 16,
      trace3 & 0xffff,
    );
    const what = this.store.upsert(isRoot ? key : key + id, isRoot, this.nowMs, update);
    if (what === "full") this.dropped.add(1);
    else if (what === "new") this.newEdges.add(1);
  }

  private expireAt(timeMs: number): void {
    this.nowMs = Date.now();
    this.store.expire(timeMs);
  }

  /** One side of a request has not come: it is somebody who sends no spans. */
  private expire(edge: Edge): void {
    this.expired.add(1);
    if (this.config.virtual_node_peer_attributes.length === 0) return;
    edge.connectionType = "virtual_node";
    if (edge.client === "" && edge.isRoot) {
      edge.client = "user";
      edge.virtualNode = "client";
      this.graph.record(edge, this.nowMs);
    }
    if (edge.server === "") {
      edge.server = edge.peer ?? "unknown";
      edge.virtualNode = "server";
      this.graph.record(edge, this.nowMs);
    }
  }

  private addDimensions(edge: Edge, side: "client" | "server"): void {
    for (const name of this.config.dimensions) {
      const slot = this.slots.get(name) as number;
      const value = this.resourceText(slot) ?? this.spanText(slot);
      if (value !== undefined) edge.dimensions.set(`${side}_${name}`, value);
    }
  }

  private first(names: readonly string[], textOf: (slot: number) => string | undefined): string | undefined {
    for (const name of names) {
      const text = textOf(this.slots.get(name) as number);
      if (text !== undefined) return text;
    }
    return undefined;
  }

  private spanText(slot: number): string | undefined {
    const { attributes, bytes } = this.fields;
    const start = attributes.starts[slot] as number;
    return start < 0 ? undefined : anyValueText(bytes, start, attributes.ends[slot] as number);
  }

  private resourceText(slot: number): string | undefined {
    const { resourceAttributes: attributes, header } = this;
    const start = attributes.starts[slot] as number;
    if (start < 0 || header === undefined) return undefined;
    return anyValueText(header.bytes, start, attributes.ends[slot] as number);
  }

  /** The difference of the halves is exact where the times as doubles are not. */
  private seconds(): number {
    const { startHigh, startLow, endHigh, endLow } = this.fields;
    return Math.max(0, ((endHigh - startHigh) * 2 ** 32 + (endLow - startLow)) / 1e9);
  }

  private async flush(): Promise<void> {
    const batch = this.graph.build(Date.now() - this.config.metrics_timestamp_offset);
    if (batch === undefined) return;
    const outcome = await this.next.consume(batch);
    if (outcome === undefined) return;
    // Cumulative numbers are not lost: the next flush has them too.
    this.refusedLog.run((suppressed) =>
      this.host.log.warn("Metrics were refused.", { error: outcome.message, data_points: batch.itemCount, suppressed }),
    );
  }
}
