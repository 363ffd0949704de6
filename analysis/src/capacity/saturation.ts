import type { Signal } from "../detector.js";
import { eventLoopSignals, saturatedUtilization } from "../facts/event-loops.js";
import { poolSignals } from "../facts/pool-gauges.js";
import { addUp, seriesOwner } from "../facts/series.js";
import type { TimeSeries } from "../model.js";
import { mean } from "../numbers.js";

export const saturationSignals: readonly Signal[] = [...eventLoopSignals, ...poolSignals];

/** A stretch of time with a steady load. */
export interface LoadStep {
  /** Unix milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  /** Requests that were answered, per second. */
  readonly throughput: number;
}

/** Something that a request occupies for a while and that only so many can have at once. */
export interface ResourceUse {
  readonly service: string;
  /** Tells several of a service apart; empty for the only one. */
  readonly instance: string;
  readonly kind: "event-loop" | "connection-pool";
  /** `event loop of orders`, `connection pool of orders (2 connections)`. */
  readonly name: string;
  /** How many can be served at once. */
  readonly servers: number;
  /** Seconds that one request occupies it, from the utilization law U = X·D. */
  readonly demandSeconds: number;
  /** Share of the time that it was occupied in the busiest step, 0…1. */
  readonly utilization: number;
  /** Requests per second at which it is occupied all the time: seen, or servers / demand. */
  readonly capacity: number;
}

/** Gauges that are read now and then hardly show the last bit. */
const full = 0.95;

interface Gauge {
  readonly service: string;
  readonly instance: string;
  readonly kind: ResourceUse["kind"];
  readonly servers: number;
  /** How many of the servers were occupied. */
  readonly busy: readonly (readonly [timeMs: number, value: number])[];
}

/**
 * Which resource a growing load fills first: for each event loop and connection pool the time that a request occupies
 * it (the utilization law; P. Denning, J. Buzen, The Operational Analysis of Queueing Network Models, 1978), from the
 * steps in which it was not full yet, and the load at which it is. The one that fills first comes first.
 */
export function resourceUses(
  steps: readonly LoadStep[],
  series: Readonly<Record<string, readonly TimeSeries[]>>,
): ResourceUse[] {
  const uses = [...loops(series), ...pools(series)].flatMap((gauge) => {
    const measured = steps.flatMap(({ startMs, endMs, throughput }) => {
      const values = gauge.busy.filter(([timeMs]) => timeMs >= startMs && timeMs <= endMs).map(([, value]) => value);
      return values.length === 0 || throughput <= 0 ? [] : [{ throughput, busy: mean(values) }];
    });
    const use = useOf(gauge, measured);
    return use === undefined ? [] : [use];
  });
  return uses.sort((a, b) => a.capacity - b.capacity || (a.name < b.name ? -1 : 1));
}

function useOf(
  { service, instance, kind, servers }: Gauge,
  measured: readonly { readonly throughput: number; readonly busy: number }[],
): ResourceUse | undefined {
  if (measured.length === 0 || servers <= 0) return undefined;
  const utilization = Math.min(1, Math.max(...measured.map(({ busy }) => busy)) / servers);
  // A full resource is as full at any load: only the steps before that tell what a request costs.
  const free = measured.filter(({ busy }) => busy / servers < saturatedUtilization);
  const used = free.length > 0 ? free : measured;
  // Least squares through the origin.
  const squares = used.reduce((sum, { throughput }) => sum + throughput ** 2, 0);
  const demandSeconds = used.reduce((sum, { throughput, busy }) => sum + throughput * busy, 0) / squares;
  if (!(demandSeconds > 0)) return undefined;
  // What was answered while it was full is what it can do: better than any extrapolation.
  const whileFull = measured.filter(({ busy }) => busy / servers >= full).map(({ throughput }) => throughput);
  const what = kind === "event-loop" ? "event loop" : "connection pool";
  const many = kind === "connection-pool" ? ` (${servers} connection${servers === 1 ? "" : "s"})` : "";
  return {
    service,
    instance,
    kind,
    name: `${what} of ${service}${many}`,
    servers,
    demandSeconds,
    utilization,
    capacity: whileFull.length > 0 ? Math.max(...whileFull) : servers / demandSeconds,
  };
}

function loops(series: Readonly<Record<string, readonly TimeSeries[]>>): Gauge[] {
  return (series["loop-utilization"] ?? []).map(({ labels, points }) => ({
    ...seriesOwner(labels),
    kind: "event-loop",
    servers: 1,
    busy: points.filter(([, value]) => Number.isFinite(value)),
  }));
}

function pools(series: Readonly<Record<string, readonly TimeSeries[]>>): Gauge[] {
  const byOwner = new Map<string, { used: TimeSeries[]; all: TimeSeries[]; max: TimeSeries[] }>();
  const of = ({ labels }: TimeSeries) => {
    const { service, instance } = seriesOwner(labels);
    const key = `${service}\u0000${instance}`;
    const found = byOwner.get(key) ?? { used: [], all: [], max: [] };
    byOwner.set(key, found);
    return found;
  };
  for (const one of series["pool-connections"] ?? []) {
    of(one).all.push(one);
    if (one.labels.db_client_connection_state === "used") of(one).used.push(one);
  }
  for (const one of series["pool-max"] ?? []) of(one).max.push(one);
  return [...byOwner].map(([key, { used, all, max }]) => {
    const [service = "", instance = ""] = key.split("\u0000");
    const highest = (list: TimeSeries[]): number => Math.max(0, ...addUp(list).map(([, value]) => value));
    const servers = highest(max) || highest(all);
    return { service, instance, kind: "connection-pool", servers, busy: addUp(used) };
  });
}
