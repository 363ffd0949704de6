/**
 * The faults of the shop as data: where each is switched, and what a correct diagnosis names.
 * This is the ground truth that demos and accuracy tests are scored against.
 */

export const serviceNames = ["gateway", "catalog", "orders", "payments", "worker", "network"] as const;
/** A kind of process. `catalog` runs twice; `network` is the TCP hop between orders and payments, not a service of its own. */
export type ServiceName = (typeof serviceNames)[number];

export const faultNames = [
  "db-pool",
  "missing-index",
  "n-plus-one",
  "slow-network",
  "cpu-block",
  "cache-off",
  "memory-leak",
  "queue-backlog",
  "lb-skew",
  "errors",
  "lock-contention",
] as const;
export type FaultName = (typeof faultNames)[number];

/** How strong a fault is; what the number means differs per fault. */
export interface Intensity {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  readonly meaning: string;
}

export interface FaultTruth {
  readonly name: FaultName;
  /** Whose `POST /faults` switches it. */
  readonly switchedAt: ServiceName;
  /** The service (`service.name`) that a correct diagnosis names. */
  readonly service: ServiceName;
  /** Its type, and what its name contains: a database, a table, an instance, a route. */
  readonly resource: { readonly type: string; readonly name: string };
  readonly kind: string;
  readonly does: string;
  /** What a team would do about it, when that is not to take the fault itself away. */
  readonly fix?: string;
  readonly intensity: Intensity;
}

const truths: Readonly<Record<FaultName, Omit<FaultTruth, "name">>> = {
  "db-pool": {
    switchedAt: "orders",
    service: "orders",
    resource: { type: "connection-pool", name: "shop" },
    kind: "pool-wait",
    does: "The pool shrinks to 2 connections, and every request keeps one checked out for as long as it runs, the call to payments included.",
    fix: "The pool has 10 connections again; they are held as long as before.",
    intensity: { default: 110, min: 0, max: 5_000, unit: "ms", meaning: "extra time a connection is held" },
  },
  "missing-index": {
    switchedAt: "catalog",
    service: "catalog",
    resource: { type: "database-query", name: "to_tsvector" },
    kind: "slow-query",
    does: "The full-text index of products is dropped, so every search parses all 2,000 descriptions.",
    intensity: { default: 1, min: 1, max: 1, unit: "", meaning: "none" },
  },
  "n-plus-one": {
    switchedAt: "catalog",
    service: "catalog",
    resource: { type: "database-query", name: "inventory" },
    kind: "n-plus-one",
    does: "The product list reads stock with one query per product instead of one join.",
    intensity: { default: 1, min: 1, max: 1, unit: "", meaning: "none" },
  },
  "slow-network": {
    switchedAt: "network",
    service: "orders",
    resource: { type: "network-hop", name: "orders → payments" },
    kind: "network-hop",
    does: "The TCP hop between orders and payments holds every byte back, half of the delay in each direction.",
    intensity: { default: 120, min: 0, max: 10_000, unit: "ms", meaning: "added round-trip time" },
  },
  "cpu-block": {
    switchedAt: "orders",
    service: "orders",
    resource: { type: "event-loop", name: "orders" },
    kind: "event-loop",
    does: "Every order request signs its answer with synchronous key derivation on the event loop.",
    fix: "The same keys are derived on a thread of the pool, and the event loop goes on.",
    intensity: { default: 50, min: 0, max: 2_000, unit: "ms", meaning: "synchronous work per request" },
  },
  "cache-off": {
    switchedAt: "catalog",
    service: "catalog",
    resource: { type: "cache", name: "product" },
    kind: "cache-miss",
    does: "Product pages are built from the database for every request.",
    intensity: { default: 1, min: 1, max: 1, unit: "", meaning: "none" },
  },
  "memory-leak": {
    switchedAt: "gateway",
    service: "gateway",
    resource: { type: "heap", name: "gateway" },
    kind: "garbage-collection",
    does: "Every request leaves objects behind in an audit list, up to a bound near the heap limit; the garbage collector traces them again and again.",
    intensity: { default: 3_000, min: 0, max: 200_000, unit: "objects", meaning: "objects retained per request" },
  },
  "queue-backlog": {
    switchedAt: "worker",
    service: "worker",
    resource: { type: "queue", name: "order-fulfilment" },
    kind: "queue-backlog",
    does: "The worker takes one job at a time and spends long on each, so that jobs arrive faster than they are done.",
    intensity: { default: 600, min: 0, max: 60_000, unit: "ms", meaning: "time per job" },
  },
  "lb-skew": {
    switchedAt: "gateway",
    service: "gateway",
    resource: { type: "load-balancer", name: "catalog" },
    kind: "load-skew",
    does: "One catalog instance gets nearly all requests, whatever the balancing strategy.",
    intensity: { default: 0.95, min: 0.5, max: 1, unit: "", meaning: "share of requests to the first instance" },
  },
  errors: {
    switchedAt: "payments",
    service: "payments",
    resource: { type: "operation", name: "POST /charges" },
    kind: "errors",
    does: "A share of the charges fails with 500, evenly spread.",
    intensity: { default: 0.3, min: 0, max: 1, unit: "", meaning: "share of charges that fail" },
  },
  "lock-contention": {
    switchedAt: "orders",
    service: "orders",
    resource: { type: "database-lock", name: "warehouses" },
    kind: "lock-wait",
    does: "Every new order locks the same warehouse row at the start of its transaction and holds it, so that orders go one by one.",
    intensity: { default: 90, min: 0, max: 5_000, unit: "ms", meaning: "extra time the lock is held" },
  },
};

/** Every fault by name. */
export const faults: Readonly<Record<FaultName, FaultTruth>> = Object.fromEntries(
  faultNames.map((name) => [name, { name, ...truths[name] }]),
) as Record<FaultName, FaultTruth>;

/** True for a string that names a fault. */
export function isFaultName(value: unknown): value is FaultName {
  return typeof value === "string" && (faultNames as readonly string[]).includes(value);
}
