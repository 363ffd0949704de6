import type { Signal } from "../detector.js";
import { groupBy } from "../group.js";
import type { TimeSeries } from "../model.js";
import { addUp, seriesOwner } from "./series.js";

export const heapSignals: readonly Signal[] = [
  { name: "heap-used", query: "sum by (job, instance) (v8js_memory_heap_used_bytes)" },
  { name: "gc-seconds", query: "sum by (job, instance) (v8js_gc_duration_seconds_sum)" },
];

/** The heap of one process under load. */
export interface Heap {
  readonly service: string;
  readonly instance: string;
  /** The least that was in use in the first and in the last third: what stayed after collections. */
  readonly firstFloorBytes: number;
  readonly lastFloorBytes: number;
  /** Seconds between the middles of those thirds. */
  readonly seconds: number;
  /** Share of the time that collections took, 0…1; null when it was not measured. */
  readonly collecting: number | null;
}

/** Fewer samples have no thirds to speak of. */
const enoughSamples = 6;

export function heaps(series: Readonly<Record<string, readonly TimeSeries[]>>): Heap[] {
  const owner = ({ labels }: TimeSeries): string => {
    const { service, instance } = seriesOwner(labels);
    return `${service}\u0000${instance}`;
  };
  const collections = groupBy(series["gc-seconds"] ?? [], owner);
  return [...groupBy(series["heap-used"] ?? [], owner)].flatMap(([key, group]) => {
    const samples = addUp(group);
    if (samples.length < enoughSamples) return [];
    const third = Math.floor(samples.length / 3);
    const floor = (part: typeof samples): number => Math.min(...part.map(([, bytes]) => bytes));
    const [service = "", instance = ""] = key.split("\u0000");
    const spanMs = (samples.at(-1)?.[0] ?? 0) - (samples[0]?.[0] ?? 0);
    return [
      {
        service,
        instance,
        firstFloorBytes: floor(samples.slice(0, third)),
        lastFloorBytes: floor(samples.slice(-third)),
        seconds: (spanMs * 2) / 3000,
        collecting: growthPerSecond(addUp(collections.get(key) ?? [])),
      },
    ];
  });
}

function growthPerSecond(samples: readonly (readonly [timeMs: number, value: number])[]): number | null {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last[0] <= first[0] || last[1] < first[1]) return null;
  return (last[1] - first[1]) / ((last[0] - first[0]) / 1000);
}
