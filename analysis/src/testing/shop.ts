import type { AnalysisInput, Span, SpanKind, TimeSeries, Trace } from "../model.js";
import { quantile } from "../numbers.js";
import { sampleMetrics } from "./shop-metrics.js";
import { type Process, Resource, Simulation } from "./simulation.js";

/** What can be wrong with the simulated shop. Defaults are a healthy shop. */
export interface ShopFaults {
  poolSize?: number;
  /** A connection is held this much longer than its queries and calls need. */
  holdMs?: number;
  /** Extra latency of the hop orders → payments, both ways together. */
  hopMs?: number;
  /** Synchronous work per request. */
  cpuMs?: Partial<Record<string, number>>;
  /** Median duration of orders' look-up query. */
  queryMs?: number;
  /** How often the look-up runs per request. */
  queries?: number;
  /** Share of payments' requests that fail. */
  errorShare?: number;
  /** Time that payments waits for a third party that is not traced. */
  externalMs?: number;
  /** Every order locks the same row at the start of its transaction, and holds it this long. */
  lockMs?: number;
  /** Time that the worker spends on a job, besides computing. */
  jobMs?: number;
  /** Jobs that the worker takes at once. */
  jobsAtOnce?: number;
  /** There are two instances of catalog, and the first gets this share; 0: there is one. */
  catalogShare?: number;
}

export interface ShopSettings extends ShopFaults {
  seed?: number;
  ratePerSecond?: number;
  seconds?: number;
  /** Share of requests that check out; the others browse. */
  checkoutShare?: number;
  /** Scatter of all durations: a noisy machine has more. */
  noise?: number;
  /** Clock error of payments' machine. */
  skewMs?: number;
  /** Share of spans that never arrive. */
  lostShare?: number;
  metrics?: boolean;
  /** Of the CPU time that processes want, the part that the machine gives them. */
  cpuShare?: number;
}

const services = ["gateway", "catalog", "orders", "payments", "worker"];
const startMs = 1_700_000_000_000;

interface OpenSpan {
  readonly span: { -readonly [K in keyof Span]: Span[K] };
  readonly trace: Span[];
}

/** Runs the simulated shop and returns what its backends would have. */
export function simulateShop(settings: ShopSettings = {}): AnalysisInput {
  return new Shop(settings).run();
}

class Shop {
  readonly settings: Required<Omit<ShopSettings, "cpuMs">> & { cpuMs: Partial<Record<string, number>> };
  readonly sim: Simulation;
  readonly loops = new Map(services.map((service) => [service, new Resource(1)]));
  readonly pool: Resource;
  readonly jobs: Resource;
  readonly row: Resource = new Resource(1);
  readonly traces: Span[][] = [];
  readonly series = new Map<string, TimeSeries[]>();
  readonly loopWaits = new Map<string, number[]>();
  #ids = 0;

  constructor(settings: ShopSettings) {
    this.settings = {
      poolSize: 10,
      holdMs: 0,
      hopMs: 0,
      cpuMs: {},
      queryMs: 2,
      queries: 1,
      errorShare: 0,
      externalMs: 0,
      lockMs: 0,
      jobMs: 0,
      jobsAtOnce: 20,
      catalogShare: 0,
      seed: 1,
      ratePerSecond: 40,
      seconds: 40,
      checkoutShare: 0.4,
      noise: 0.3,
      skewMs: 0,
      lostShare: 0,
      metrics: true,
      cpuShare: 1,
      ...settings,
    };
    this.sim = new Simulation(this.settings.seed);
    this.pool = new Resource(this.settings.poolSize);
    this.jobs = new Resource(this.settings.jobsAtOnce);
  }

  run(): AnalysisInput {
    const { sim, settings } = this;
    const endMs = settings.seconds * 1000;
    for (
      let at = sim.exponential(1000 / settings.ratePerSecond);
      at < endMs;
      at += sim.exponential(1000 / settings.ratePerSecond)
    ) {
      sim.at(at, () => sim.start(sim.random() < settings.checkoutShare ? this.checkout() : this.browse()));
    }
    if (settings.metrics) sampleMetrics({ ...this, startMs }, endMs);
    sim.run();
    const traces = this.traces.map((spans): Trace => ({ traceId: spans[0]!.traceId, spans: this.arrived(spans) }));
    const durations = this.traces.map((spans) => spans[0]!.durationUs / 1000);
    const at = (q: number): number => quantile(durations, q);
    return {
      window: { startMs, endMs: startMs + endMs },
      traces,
      series: Object.fromEntries(this.series),
      load: {
        startMs,
        endMs: startMs + endMs,
        requests: traces.length,
        failed: 0,
        ratePerSecond: traces.length / settings.seconds,
        p50Ms: at(0.5),
        p90Ms: at(0.9),
        p95Ms: at(0.95),
        p99Ms: at(0.99),
        maxMs: at(1),
        droppedIterations: 0,
        endpoints: [],
      },
    };
  }

  arrived(spans: readonly Span[]): Span[] {
    const { lostShare, skewMs } = this.settings;
    return spans
      .filter((_, index) => index === 0 || this.sim.random() >= lostShare)
      .map((span) => (span.service === "payments" ? { ...span, startUs: span.startUs + skewMs * 1000 } : span));
  }

  *browse(): Process {
    const root = this.open(null, "gateway", "GET /products", "server");
    yield* this.compute("gateway", 0.5);
    yield* this.call(root, "gateway", "catalog", "GET /products", (server) => this.catalog(server));
    yield* this.compute("gateway", 0.3);
    this.close(root);
  }

  *catalog(parent: OpenSpan): Process {
    yield* this.compute("catalog", 0.8);
    yield* this.query(parent, "catalog", "SELECT * FROM products ORDER BY name LIMIT 20", 1.5);
    yield* this.compute("catalog", 0.5);
  }

  *checkout(): Process {
    const root = this.open(null, "gateway", "POST /checkout", "server");
    yield* this.compute("gateway", 0.5);
    yield* this.call(root, "gateway", "orders", "POST /orders", (server) => this.orders(server));
    yield* this.compute("gateway", 0.3);
    this.close(root);
  }

  *orders(parent: OpenSpan): Process {
    const { settings, sim } = this;
    yield* this.compute("orders", 1);
    const acquire = this.open(parent, "orders", "pg-pool.connect", "client", {
      "db.system.name": "postgresql",
      "db.namespace": "shop",
      "server.address": "127.0.0.1",
      "server.port": 5432,
    });
    yield { acquire: this.pool };
    yield* this.compute("orders", 0.05);
    this.close(acquire);
    for (let i = 0; i < settings.queries; i++) {
      yield* this.query(parent, "orders", `SELECT stock FROM items WHERE sku = '${i}' AND shop = 7`, settings.queryMs);
    }
    if (settings.lockMs > 0) yield* this.lock(parent);
    yield* this.query(parent, "orders", "INSERT INTO orders (id, total) VALUES ($1, $2)", 2);
    if (settings.lockMs > 0) {
      yield { waitMs: sim.around(settings.lockMs, 0.1) };
      sim.release(this.row);
    }
    if (settings.holdMs > 0) yield { waitMs: sim.around(settings.holdMs, settings.noise) };
    sim.release(this.pool);
    yield* this.call(parent, "orders", "payments", "POST /charge", (server) => this.payments(server), settings.hopMs);
    const publish = this.open(parent, "orders", "orders publish", "producer");
    yield* this.compute("orders", 0.2);
    this.close(publish);
    sim.start(this.worker(publish));
    yield* this.compute("orders", 0.5);
  }

  *payments(server: OpenSpan): Process {
    yield* this.compute("payments", 2);
    if (this.settings.externalMs > 0) yield { waitMs: this.sim.around(this.settings.externalMs, this.settings.noise) };
    if (this.sim.random() < this.settings.errorShare) {
      server.span.error = true;
      server.span.attributes = { "http.response.status_code": 503 };
      server.trace[0] = Object.assign(server.trace[0]!, { error: true });
    }
  }

  *worker(parent: OpenSpan): Process {
    yield { waitMs: this.sim.around(30) };
    yield { acquire: this.jobs };
    const consume = this.open(parent, "worker", "orders process", "consumer");
    if (this.settings.jobMs > 0) yield { waitMs: this.sim.around(this.settings.jobMs) };
    yield* this.compute("worker", 3);
    this.sim.release(this.jobs);
    // What is done after the load is not seen in its window.
    if (this.sim.nowMs > this.settings.seconds * 1000) parent.trace.splice(parent.trace.indexOf(consume.span), 1);
    this.close(consume);
  }

  /** Work on a service's event loop: one at a time. */
  *compute(service: string, ms: number): Process {
    const loop = this.loops.get(service)!;
    const asked = this.sim.nowMs;
    yield { acquire: loop };
    const waits = this.loopWaits.get(service) ?? [];
    waits.push(this.sim.nowMs - asked);
    this.loopWaits.set(service, waits);
    yield { waitMs: this.sim.around(ms, this.settings.noise) / this.settings.cpuShare };
    this.sim.release(loop);
  }

  *call(
    parent: OpenSpan,
    from: string,
    to: string,
    route: string,
    handle: (server: OpenSpan) => Process,
    extraMs = 0,
  ): Process {
    const client = this.open(parent, from, route.split(" ")[0]!, "client", {
      "server.address": to,
      "server.port": 8080,
    });
    yield { waitMs: this.sim.around(0.4, this.settings.noise) + extraMs / 2 };
    // The span begins when the loop takes the request up, so waiting for a busy loop lies before it.
    yield* this.compute(to, 0.2);
    const server = this.open(client, to, route, "server");
    const own = this.settings.cpuMs[to] ?? 0;
    if (own > 0) yield* this.compute(to, own);
    yield* handle(server);
    this.close(server);
    yield { waitMs: this.sim.around(0.3, this.settings.noise) + extraMs / 2 };
    yield* this.compute(from, 0.1);
    this.close(client);
  }

  *query(parent: OpenSpan, service: string, text: string, ms: number): Process {
    const span = this.open(parent, service, `pg.query:${text.split(" ")[0]} shop`, "client", {
      "db.system.name": "postgresql",
      "db.query.text": text,
    });
    yield { waitMs: this.sim.around(ms, this.settings.noise) };
    yield* this.compute(service, 0.1);
    this.close(span);
  }

  /** A statement that is done at once when nobody has the row. */
  *lock(parent: OpenSpan): Process {
    const span = this.open(parent, "orders", "pg.query:SELECT shop", "client", {
      "db.system.name": "postgresql",
      "db.query.text": "SELECT stock FROM warehouses WHERE id = $1 FOR UPDATE",
    });
    yield { acquire: this.row };
    yield { waitMs: this.sim.around(0.6, this.settings.noise) };
    yield* this.compute("orders", 0.1);
    this.close(span);
  }

  open(
    parent: OpenSpan | null,
    service: string,
    name: string,
    kind: SpanKind,
    attributes: Span["attributes"] = {},
  ): OpenSpan {
    const spanId = (++this.#ids).toString(16).padStart(16, "0");
    const traceId = parent?.span.traceId ?? spanId.padStart(32, "0");
    const startUs = Math.round((startMs + this.sim.nowMs) * 1000);
    const span = {
      traceId,
      spanId,
      parentSpanId: parent?.span.spanId ?? null,
      service,
      instance: `${service}-${service === "catalog" ? this.catalogInstance() : 1}`,
      name,
      kind,
      startUs,
      durationUs: 0,
      error: false,
      attributes,
    };
    const trace = parent?.trace ?? [];
    if (parent === null) this.traces.push(trace);
    trace.push(span);
    return { span, trace };
  }

  catalogInstance(): number {
    const { catalogShare } = this.settings;
    return catalogShare === 0 || this.sim.random() < catalogShare ? 1 : 2;
  }

  close({ span }: OpenSpan): void {
    span.durationUs = Math.round((startMs + this.sim.nowMs) * 1000) - span.startUs;
  }
}
