import type { TimeSeries } from "../model.js";
import { quantile } from "../numbers.js";
import type { Resource, Simulation } from "./simulation.js";

const sampleEveryMs = 2000;

/** What metrics are taken of. */
export interface SampledShop {
  readonly startMs: number;
  readonly sim: Simulation;
  readonly settings: { readonly cpuShare: number };
  readonly loops: ReadonlyMap<string, Resource>;
  readonly loopWaits: Map<string, number[]>;
  readonly pool: Resource;
  /** By signal. */
  readonly series: Map<string, TimeSeries[]>;
}

/** Records the shop's gauges every two seconds of the simulation. */
export function sampleMetrics(shop: SampledShop, endMs: number): void {
  const before = new Map<string, number>();
  const record = (signal: string, labels: Record<string, string>, value: number): void => {
    const list = shop.series.get(signal) ?? [];
    shop.series.set(signal, list);
    const key = JSON.stringify(labels);
    let one = list.find((candidate) => JSON.stringify(candidate.labels) === key);
    if (one === undefined) list.push((one = { labels, points: [] }));
    (one.points as [number, number][]).push([shop.startMs + shop.sim.nowMs, value]);
  };
  for (let at = sampleEveryMs; at <= endMs; at += sampleEveryMs) {
    shop.sim.at(at, () => {
      for (const [service, loop] of shop.loops) {
        const labels = { job: `shop/${service}`, instance: `${service}-1` };
        shop.sim.account(loop);
        record("loop-utilization", labels, Math.min(1, (loop.busyMs - (before.get(service) ?? 0)) / sampleEveryMs));
        before.set(service, loop.busyMs);
        record("process-cpu-seconds", labels, (loop.busyMs * shop.settings.cpuShare) / 1000);
        record("loop-delay-p99", labels, (quantile(shop.loopWaits.get(service) ?? [], 0.99) + 10) / 1000);
        shop.loopWaits.set(service, []);
      }
      const labels = { job: "shop/orders", instance: "orders-1", db_client_connection_pool_name: "shop" };
      record("pool-pending", labels, shop.pool.waiting.length);
      record("pool-connections", { ...labels, db_client_connection_state: "used" }, shop.pool.inUse);
      record(
        "pool-connections",
        { ...labels, db_client_connection_state: "idle" },
        shop.pool.capacity - shop.pool.inUse,
      );
      record("pool-max", labels, shop.pool.capacity);
    });
  }
}
