import type { Attributes, Histogram, ObservableResult } from "@opentelemetry/api";
import type { InstrumentationBase } from "@opentelemetry/instrumentation";
import { loadInstrumentation } from "../otel.js";

/** The part of a `pg-pool` Pool (versions 2 and 3) that is measured. */
interface Pool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly ended?: boolean;
  readonly options: {
    readonly max?: number;
    readonly connectionString?: string;
    readonly host?: string;
    readonly port?: number | string;
    readonly database?: string;
  };
}

type ConnectCallback = (error: Error | undefined, client?: unknown, release?: unknown) => void;
type Connect = (this: Pool, callback?: ConnectCallback) => unknown;

interface PoolClass {
  prototype: { connect: Connect };
}

interface PoolState {
  readonly name: string;
  used: number;
  idle: number;
  pending: number;
  max: number;
}

/** The semantic conventions' advice for `db.client.connection.wait_time`, in seconds. */
const waitTimeBoundaries: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** `host:port/database`, without credentials, whether the pool was given parts or a connection string. */
export function poolName(options: Pool["options"]): string {
  const url =
    options.connectionString !== undefined && URL.canParse(options.connectionString)
      ? new URL(options.connectionString)
      : undefined;
  const host = options.host ?? (url?.hostname || undefined) ?? process.env.PGHOST ?? "localhost";
  const port = options.port ?? (url?.port || undefined) ?? process.env.PGPORT ?? "5432";
  const database = options.database ?? (url?.pathname.slice(1) || undefined) ?? process.env.PGDATABASE ?? "";
  return `${host}:${port}/${database}`;
}

/** Pools are held weakly: one that the app forgot without `end()` must be collectable. */
class PoolRegistry {
  readonly #known = new WeakSet<Pool>();
  readonly #pools = new Set<WeakRef<Pool>>();

  add(pool: Pool): void {
    if (this.#known.has(pool)) return;
    this.#known.add(pool);
    this.#pools.add(new WeakRef(pool));
  }

  /** Pools of one name (same server and database) are one series: their sum. */
  read(): PoolState[] {
    const states = new Map<string, PoolState>();
    for (const reference of this.#pools) {
      const pool = reference.deref();
      if (pool === undefined || pool.ended === true) this.#pools.delete(reference);
      else addTo(states, pool);
    }
    return [...states.values()];
  }
}

function addTo(states: Map<string, PoolState>, pool: Pool): void {
  const name = poolName(pool.options);
  const state = states.get(name) ?? { name, used: 0, idle: 0, pending: 0, max: 0 };
  state.used += pool.totalCount - pool.idleCount;
  state.idle += pool.idleCount;
  state.pending += pool.waitingCount;
  state.max += pool.options.max ?? 10;
  states.set(name, state);
}

/** `db.client.connection.{count,max,pending_requests,wait_time}` of every `pg` pool that was ever asked for a client. */
export function createPgPoolInstrumentation(): InstrumentationBase {
  const { InstrumentationBase, InstrumentationNodeModuleDefinition } = loadInstrumentation();
  const pools = new PoolRegistry();
  const measured = Symbol("measured");
  let waitTime: Histogram | undefined;

  class PgPoolInstrumentation extends InstrumentationBase {
    constructor() {
      super("@venturi/instrumentation/pg-pool", "0.1.0", {});
    }

    protected override init(): InstanceType<typeof InstrumentationNodeModuleDefinition> {
      return new InstrumentationNodeModuleDefinition("pg-pool", [">=2.0.0 <4"], (exports: PoolClass) => {
        const connect = exports.prototype.connect as Connect & { [measured]?: true };
        if (connect[measured] !== true) exports.prototype.connect = this.#measure(connect);
        return exports;
      });
    }

    protected override _updateMetricInstruments(): void {
      const observe = (name: string, description: string, unit: string, report: PoolReport): void =>
        this.meter.createObservableUpDownCounter(name, { description, unit }).addCallback((result) => {
          for (const state of pools.read()) report(result, state, { "db.client.connection.pool.name": state.name });
        });
      observe("db.client.connection.count", "Connections by state.", "{connection}", (result, state, pool) => {
        result.observe(state.used, { ...pool, "db.client.connection.state": "used" });
        result.observe(state.idle, { ...pool, "db.client.connection.state": "idle" });
      });
      observe("db.client.connection.max", "The most connections allowed.", "{connection}", (result, state, pool) =>
        result.observe(state.max, pool),
      );
      observe(
        "db.client.connection.pending_requests",
        "Requests waiting for one.",
        "{request}",
        (result, state, pool) => result.observe(state.pending, pool),
      );
      waitTime = this.meter.createHistogram("db.client.connection.wait_time", {
        description: "The time it took to obtain an open connection from the pool.",
        unit: "s",
        advice: { explicitBucketBoundaries: [...waitTimeBoundaries] },
      });
    }

    #measure(connect: Connect): Connect {
      const wrapped = function (this: Pool, callback?: ConnectCallback): unknown {
        pools.add(this);
        const startMs = performance.now();
        const record = (): void =>
          waitTime?.record((performance.now() - startMs) / 1_000, {
            "db.client.connection.pool.name": poolName(this.options),
          });
        if (callback === undefined) {
          const connected = connect.call(this) as Promise<unknown>;
          connected.then(record, record);
          return connected;
        }
        return connect.call(this, (error, client, release) => {
          record();
          callback(error, client, release);
        });
      };
      return Object.assign(wrapped, { [measured]: true });
    }
  }

  return new PgPoolInstrumentation();
}

type PoolReport = (result: ObservableResult, state: PoolState, pool: Attributes) => void;
