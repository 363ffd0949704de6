import type { Batch, Signal } from "@venturi/otlp";
import type { ComponentHost, Consumer, Exporter, Outcome } from "../../component.js";
import type { Lane } from "../../ledger.js";
import type { Counter, Histogram } from "../../telemetry/metric-registry.js";
import { otlpGrpcExporter } from "../otlp/otlp.js";
import type { LoadBalancingConfig } from "./config.js";
import { HashRing } from "./hash-ring.js";
import { type Lookup, Resolver } from "./resolver.js";

const DEFAULT_PORT = "4317";
/** How long a backend that is gone from the list may take to accept what is queued for it. */
const LEAVE_MS = 30_000;

interface Backend {
  readonly exporter: Exporter;
  readonly started: Promise<void>;
  readonly consumers: Map<Lane, Map<Signal, Consumer>>;
  readonly leave: { untilMs: number };
  readonly latencyMs: Histogram;
  readonly succeeded: Counter;
  readonly failed: Counter;
}

/** An OTLP exporter, with a queue of its own, for each backend that the resolver knows. */
export class Backends {
  /** Who gets what. */
  ring: HashRing = new HashRing([]);
  private readonly config: LoadBalancingConfig;
  private readonly host: ComponentHost;
  private readonly resolver: Resolver;
  private readonly backends = new Map<string, Backend>();
  /** Backends that are gone and still have something queued. */
  private readonly leaving = new Set<Promise<void>>();
  private closed: Promise<void> | undefined;

  constructor(config: LoadBalancingConfig, host: ComponentHost, lookup?: Lookup) {
    this.config = config;
    this.host = host;
    this.resolver = new Resolver(config.resolver, host, (endpoints) => this.update(endpoints), lookup);
  }

  /** @throws StartError of the first exporters. */
  async start(): Promise<void> {
    await this.resolver.start();
    await Promise.all([...this.backends.values()].map(({ started }) => started));
  }

  send(endpoint: string, batch: Batch, lane: Lane): Outcome | Promise<Outcome> {
    const backend = this.backends.get(withPort(endpoint));
    if (backend === undefined) throw new Error(`BUG: no exporter for ${endpoint}`);
    const startedMs = performance.now();
    const outcome = this.consumerOf(backend, batch.signal, lane).consume(batch);
    const settle = (settled: Outcome): Outcome => {
      backend.latencyMs.record(performance.now() - startedMs);
      (settled === undefined ? backend.succeeded : backend.failed).add(1);
      return settled;
    };
    return outcome instanceof Promise ? outcome.then(settle) : settle(outcome);
  }

  shutdown(): Promise<void> {
    this.closed ??= this.close();
    return this.closed;
  }

  private async close(): Promise<void> {
    this.resolver.close();
    await Promise.all([...[...this.backends.values()].map(({ exporter }) => exporter.shutdown()), ...this.leaving]);
  }

  private update(endpoints: readonly string[]): void {
    if (this.closed !== undefined) return;
    const wanted = new Set(endpoints.map(withPort));
    for (const endpoint of wanted) if (!this.backends.has(endpoint)) this.add(endpoint);
    this.ring = new HashRing(endpoints);
    for (const [endpoint, backend] of this.backends) if (!wanted.has(endpoint)) this.remove(endpoint, backend);
  }

  private add(endpoint: string): void {
    const leave = { untilMs: Number.POSITIVE_INFINITY };
    const name = this.host.id.name === "" ? endpoint : `${endpoint}/${this.host.id.name}`;
    const id = {
      kind: "exporter",
      type: otlpGrpcExporter.type,
      name,
      text: `${otlpGrpcExporter.type}/${name}`,
    } as const;
    const drainDeadlineMs = (): number => Math.min(leave.untilMs, this.host.drainDeadlineMs());
    const exporter = otlpGrpcExporter.create(
      { ...this.config.protocol.otlp, endpoint },
      { ...this.host, id, drainDeadlineMs },
    );
    const started = exporter.start();
    // The first ones are awaited; a later one that cannot start refuses what is sent to it.
    started.catch((error: unknown) =>
      this.host.log.error("failed to start new exporter for endpoint", { endpoint, error: (error as Error).message }),
    );
    const { metrics } = this.host;
    const latency = {
      name: "otelcol_loadbalancer_backend_latency",
      help: "Response latency in ms for the backends.",
      unit: "ms",
    };
    const help = "Number of successes and failures for each endpoint.";
    const outcome = (success: string): Counter =>
      metrics.counter(
        { name: "otelcol_loadbalancer_backend_outcome", help, unit: "{outcomes}" },
        { endpoint, success },
      );
    this.backends.set(endpoint, {
      exporter,
      started,
      consumers: new Map(),
      leave,
      latencyMs: metrics.histogram(latency, LATENCY_BOUNDS, { endpoint }),
      succeeded: outcome("true"),
      failed: outcome("false"),
    });
  }

  private remove(endpoint: string, backend: Backend): void {
    this.backends.delete(endpoint);
    backend.leave.untilMs = performance.now() + LEAVE_MS;
    const gone = backend.exporter.shutdown().finally(() => this.leaving.delete(gone));
    this.leaving.add(gone);
  }

  private consumerOf(backend: Backend, signal: Signal, lane: Lane): Consumer {
    let ofLane = backend.consumers.get(lane);
    if (ofLane === undefined) backend.consumers.set(lane, (ofLane = new Map()));
    let consumer = ofLane.get(signal);
    if (consumer === undefined) ofLane.set(signal, (consumer = backend.exporter.consumer(signal, lane)));
    return consumer;
  }
}

const LATENCY_BOUNDS = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

function withPort(endpoint: string): string {
  return endpoint.includes(":") ? endpoint : `${endpoint}:${DEFAULT_PORT}`;
}
