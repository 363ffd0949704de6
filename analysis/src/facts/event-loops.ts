import type { Signal } from "../detector.js";
import type { TimeSeries } from "../model.js";
import { mean, quantile, upperHalfMean } from "../numbers.js";
import { seriesOwner } from "./series.js";

export const eventLoopSignals: readonly Signal[] = [
  { name: "loop-utilization", query: "nodejs_eventloop_utilization_ratio" },
  { name: "loop-delay-p99", query: "nodejs_eventloop_delay_p99_seconds" },
  { name: "process-cpu-seconds", query: "sum by (job, instance) (process_cpu_time_seconds_total)" },
];

/** How busy the event loop of one process was under load. */
export interface EventLoop {
  readonly service: string;
  readonly instance: string;
  /** 0..1, in the busier half of the samples; null when it was not measured. */
  readonly utilization: number | null;
  /** p99 of the loop's delay, in the worse half of the samples. */
  readonly delayP99Ms: number | null;
  /** CPU time that the process got, in cores, over the whole load. */
  readonly cpuCores: number | null;
  /** For each second that the loop was busy, how long the process was on a CPU; null when either is unknown. */
  readonly onCpu: number | null;
}

/**
 * From this utilization on, a loop is taken to be the limit: by queueing theory (M/M/1) work waits longer for its turn
 * than it takes, from one half on; at 0.7 it waits more than twice as long.
 */
export const saturatedUtilization = 0.7;

/**
 * A loop that is "busy" but on a CPU for less than half of that time does not work: it is ready to run and the machine
 * does not let it (or it blocks in synchronous I/O). Utilization is wall time, and cannot tell these apart.
 */
const starvedOnCpu = 0.5;
/** Below this a loop's own overhead and the clock's steps blur the ratio. */
const tellingUtilization = 0.15;

interface Samples {
  readonly service: string;
  readonly instance: string;
  readonly utilization: number[];
  readonly delay: number[];
  readonly cpu: (readonly [timeMs: number, seconds: number])[];
}

export function eventLoops(series: Readonly<Record<string, readonly TimeSeries[]>>): EventLoop[] {
  const processes = new Map<string, Samples>();
  const samplesOf = ({ labels }: TimeSeries): Samples => {
    const owner = seriesOwner(labels);
    const key = `${owner.service}\u0000${owner.instance}`;
    const samples = processes.get(key) ?? { ...owner, utilization: [], delay: [], cpu: [] };
    processes.set(key, samples);
    return samples;
  };
  for (const one of series["loop-utilization"] ?? []) samplesOf(one).utilization.push(...finite(one));
  for (const one of series["loop-delay-p99"] ?? []) samplesOf(one).delay.push(...finite(one));
  for (const one of series["process-cpu-seconds"] ?? []) samplesOf(one).cpu.push(...one.points);
  return [...processes.values()].filter(({ utilization, delay }) => utilization.length + delay.length > 0).map(toLoop);
}

function toLoop({ service, instance, utilization, delay, cpu }: Samples): EventLoop {
  const cpuCores = slope(cpu);
  const busy = mean(utilization);
  return {
    service,
    instance,
    utilization: utilization.length === 0 ? null : upperHalfMean(utilization),
    delayP99Ms: delay.length === 0 ? null : upperHalfMean(delay) * 1000,
    cpuCores,
    onCpu: cpuCores === null || busy < tellingUtilization ? null : cpuCores / busy,
  };
}

function finite({ points }: TimeSeries): number[] {
  return points.map(([, value]) => value).filter(Number.isFinite);
}

/** A counter's growth per second, from its first to its last sample; null when they are too near or it was reset. */
function slope(points: Samples["cpu"]): number | null {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || last[0] - first[0] < 5_000 || last[1] < first[1]) return null;
  return (last[1] - first[1]) / ((last[0] - first[0]) / 1000);
}

/** The busiest loop of a service; undefined when none was measured. */
export function busiestLoop(loops: readonly EventLoop[], service: string): EventLoop | undefined {
  return loops
    .filter((loop) => loop.service === service)
    .sort((a, b) => (b.utilization ?? 0) - (a.utilization ?? 0) || (b.delayP99Ms ?? 0) - (a.delayP99Ms ?? 0))[0];
}

export function isStarved({ onCpu }: EventLoop): boolean {
  return onCpu !== null && onCpu < starvedOnCpu;
}

/**
 * The machine has less CPU than its processes want: a loop at its limit is starved, or half of the loops that do
 * anything are. Then all durations are inflated, most of all those of whoever does most, and no service is to blame.
 */
export function machineLacksCpu(loops: readonly EventLoop[]): boolean {
  if (loops.some((loop) => isStarved(loop) && (loop.utilization ?? 0) >= saturatedUtilization)) return true;
  const telling = loops.flatMap(({ onCpu }) => (onCpu === null ? [] : [onCpu]));
  return telling.length > 0 && quantile(telling, 0.5) < starvedOnCpu;
}
