import type { TimeSeries } from "../model.js";
import { upperHalfMean } from "../numbers.js";
import { seriesOwner } from "./series.js";

/** How busy the event loop of one process was under load. */
export interface EventLoop {
  readonly service: string;
  readonly instance: string;
  /** 0..1, in the busier half of the samples; null when it was not measured. */
  readonly utilization: number | null;
  /** p99 of the loop's delay, in the worse half of the samples. */
  readonly delayP99Ms: number | null;
}

/**
 * From this utilization on, a loop is taken to be the limit: by queueing theory (M/M/1) work waits longer for its turn
 * than it takes, from one half on; at 0.7 it waits more than twice as long.
 */
export const saturatedUtilization = 0.7;

export function eventLoops(utilization: readonly TimeSeries[], delayP99: readonly TimeSeries[]): EventLoop[] {
  const loops = new Map<string, { service: string; instance: string; utilization: number[]; delay: number[] }>();
  const collect = (series: readonly TimeSeries[], field: "utilization" | "delay"): void => {
    for (const one of series) {
      const owner = seriesOwner(one.labels);
      const key = `${owner.service}\u0000${owner.instance}`;
      const loop = loops.get(key) ?? { ...owner, utilization: [], delay: [] };
      loops.set(key, loop);
      for (const [, value] of one.points) if (Number.isFinite(value)) loop[field].push(value);
    }
  };
  collect(utilization, "utilization");
  collect(delayP99, "delay");
  return [...loops.values()].map(({ service, instance, utilization: busy, delay }) => ({
    service,
    instance,
    utilization: busy.length === 0 ? null : upperHalfMean(busy),
    delayP99Ms: delay.length === 0 ? null : upperHalfMean(delay) * 1000,
  }));
}

/** The busiest loop of a service; undefined when none was measured. */
export function busiestLoop(loops: readonly EventLoop[], service: string): EventLoop | undefined {
  return loops
    .filter((loop) => loop.service === service)
    .sort((a, b) => (b.utilization ?? 0) - (a.utilization ?? 0) || (b.delayP99Ms ?? 0) - (a.delayP99Ms ?? 0))[0];
}
