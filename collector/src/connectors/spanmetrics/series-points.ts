import type { Exemplar, ExponentialHistogramPoint, HistogramPoint, NumberPoint } from "@venturi/otlp";
import type { ExplicitBuckets } from "./explicit-buckets.js";
import type { ExponentialBuckets } from "./exponential-buckets.js";
import type { SeriesTable } from "./series-table.js";

/** What the points of a flush have in common. */
export interface FlushTimes {
  readonly timeUnixNano: bigint;
  /** When deltas began; undefined: numbers are cumulative, each since its series was first seen. */
  readonly deltaStartUnixNano: bigint | undefined;
}

type Identity = Pick<NumberPoint, "attributes" | "startTimeUnixNano" | "timeUnixNano"> & {
  readonly exemplars?: readonly Exemplar[];
};

/** @param startsAtZero A cumulative series is 0 when it is first reported: else nobody could see its first increase. */
export function countPoint(table: SeriesTable, index: number, times: FlushTimes, startsAtZero: boolean): NumberPoint {
  const isZero = startsAtZero && times.deltaStartUnixNano === undefined && !table.isReported(index);
  return { ...identity(table, index, times), value: isZero ? 0n : BigInt(table.counts[index] as number) };
}

export function explicitPoint(
  table: SeriesTable,
  buckets: ExplicitBuckets,
  index: number,
  times: FlushTimes,
): HistogramPoint {
  return {
    ...identity(table, index, times),
    count: table.counts[index] as number,
    sum: buckets.sums[index] as number,
    explicitBounds: buckets.bounds,
    bucketCounts: buckets.bucketCounts(index),
  };
}

export function exponentialPoint(
  table: SeriesTable,
  buckets: ExponentialBuckets,
  index: number,
  times: FlushTimes,
): ExponentialHistogramPoint {
  return {
    ...identity(table, index, times),
    count: table.counts[index] as number,
    sum: buckets.sums[index] as number,
    min: buckets.min(index),
    max: buckets.max(index),
    scale: buckets.scale(index),
    zeroCount: buckets.zeroCount(index),
    zeroThreshold: 0,
    positive: buckets.buckets(index),
    // No span takes less than no time.
    negative: { offset: 0, bucketCounts: [] },
  };
}

function identity(table: SeriesTable, index: number, times: FlushTimes): Identity {
  const exemplars = table.exemplars.get(index);
  return {
    attributes: table.attributes(index),
    startTimeUnixNano: times.deltaStartUnixNano ?? unixNano(table.startedMs[index] as number),
    timeUnixNano: times.timeUnixNano,
    ...(exemplars === undefined ? {} : { exemplars }),
  };
}

export function unixNano(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n;
}
