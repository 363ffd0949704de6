import { type FloatHistogram, type SampleSeries, staleNaN } from "@venturi/promql";
import { randomHistograms } from "./histogram-data.js";
import type { Random } from "./random.js";

/** Where the data lies: within one block of Prometheus' storage, so that it keeps the series in their order. */
export const START_MS = 1_699_999_200_000;
export const STEP_MS = 15_000;
export const STEPS = 420;
export const END_MS: number = START_MS + (STEPS - 1) * STEP_MS;

/** Names by what the series are, for a generator of queries. */
export const METRICS = {
  counters: ["requests_total", "bytes_total", "odd.metric/total"],
  gauges: ["temperature", "level", "up", "edge_values"],
  buckets: ["latency_seconds_bucket"],
  native: ["native_latency", "native_gauge", "nhcb_latency", "mixed_kinds"],
  info: ["target_info", "build_info"],
} as const;

export const LABELS: readonly string[] = ["job", "instance", "code", "zone", "le", "version", "missing"];

const JOBS = ["api", "db", "web-ü"];
const INSTANCES = ["a:1", "b:2"];

type Sampler = (random: Random) => Float64Array;

/** Random series of every kind, ordered as Prometheus keeps them: by their first sample, then by labels. */
export function randomData(random: Random): SampleSeries[] {
  const series: SampleSeries[] = [];
  const add = (labels: Record<string, string>, sample: Sampler): void => {
    series.push(withGaps(random, labels, sample(random)));
  };
  for (const job of JOBS) {
    for (const instance of INSTANCES) {
      const target = { job, instance };
      for (const code of ["200", "404", "500"]) add({ __name__: "requests_total", ...target, code }, counter);
      add({ __name__: "bytes_total", ...target }, counter);
      add({ __name__: "odd.metric/total", ...target, "label.with.dots": "x y" }, counter);
      for (const zone of ["1", "2"]) add({ __name__: "temperature", ...target, zone }, walk);
      add({ __name__: "level", ...target }, steps);
      add({ __name__: "up", ...target }, () => onOff(random));
      add({ __name__: "edge_values", ...target }, edges);
      series.push(...infos(random, target), ...classic(random, target));
      series.push(...randomHistograms(random, target, STEPS, withGaps));
    }
  }
  return series.filter(({ timestampsMs }) => timestampsMs.length > 0).sort(byFirstSample);
}

function byFirstSample(a: SampleSeries, b: SampleSeries): number {
  const slice = (one: SampleSeries): number => Math.floor(((one.timestampsMs[0] ?? 0) - START_MS) / SLICE_MS);
  return slice(a) - slice(b) || compareLabels(a.labels, b.labels);
}

/** What one remote write request covers. */
export const SLICE_MS: number = 60 * STEP_MS;

function compareLabels(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): number {
  const flat = (labels: Readonly<Record<string, string>>): string[] =>
    Object.keys(labels)
      .sort()
      .flatMap((name) => [name, labels[name] ?? ""]);
  const [left, right] = [flat(a), flat(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] !== right[i]) return (left[i] ?? "") < (right[i] ?? "") ? -1 : 1;
  }
  return left.length - right.length;
}

/** Drops samples: a late start, an early end, gaps, single losses; some gaps begin with a staleness marker. */
export function withGaps(
  random: Random,
  labels: Record<string, string>,
  values: Float64Array,
  histograms?: SampleSeries["histograms"],
): SampleSeries {
  const kept: number[] = [];
  const stale = new Set<number>();
  const first = random.chance(0.2) ? random.below(STEPS / 2) : 0;
  const last = random.chance(0.2) ? STEPS - random.below(STEPS / 2) : STEPS;
  const jitterMs = random.chance(0.3) ? 1 + random.below(900) : 0;
  for (let i = first; i < last; i++) {
    if (random.chance(0.006)) {
      const length = 1 + random.below(40);
      if (random.chance(0.6)) {
        stale.add(kept.length);
        kept.push(i);
      }
      i += length;
    } else if (!random.chance(0.01)) kept.push(i);
  }
  const out = new Float64Array(kept.length);
  for (const [at, i] of kept.entries()) out[at] = values[i] ?? 0;
  for (const at of stale) out[at] = staleNaN;
  const timestampsMs = Float64Array.from(kept, (i) => START_MS + i * STEP_MS + (jitterMs * ((i * 7) % 5)) / 5).map(
    Math.trunc,
  );
  const found = kept.map((i, at) => {
    if (!stale.has(at)) return histograms?.[i];
    const before = histograms?.[kept[at - 1] ?? -1];
    return before === undefined ? undefined : STALE_HISTOGRAM;
  });
  return { labels, timestampsMs, values: out, ...(histograms === undefined ? {} : { histograms: found }) };
}

const NO_BUCKETS = new Float64Array(0);

/** What a histogram series becomes when it goes stale. */
const STALE_HISTOGRAM: FloatHistogram = {
  schema: 0,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 0,
  sum: staleNaN,
  positiveSpans: [],
  negativeSpans: [],
  positiveBuckets: NO_BUCKETS,
  negativeBuckets: NO_BUCKETS,
  counterResetHint: 0,
};

function fill(compute: (i: number) => number): Float64Array {
  return Float64Array.from({ length: STEPS }, (_, i) => compute(i));
}

function counter(random: Random): Float64Array {
  const scale = random.pick([1, 7, 0.25, 1e6]);
  let value = random.chance(0.5) ? 0 : random.below(1000) * scale;
  return fill(() => {
    if (random.chance(0.01)) value = random.chance(0.5) ? 0 : random.below(5) * scale;
    else if (!random.chance(0.2)) value += random.below(20) * scale;
    return value;
  });
}

function walk(random: Random): Float64Array {
  let value = 20 * random.next() - 5;
  return fill(() => {
    value += random.next() - 0.5;
    return value;
  });
}

function steps(random: Random): Float64Array {
  let value = random.below(4);
  return fill(() => {
    if (random.chance(0.05)) value = random.below(4) - 1;
    return value;
  });
}

function onOff(random: Random): Float64Array {
  return fill(() => (random.chance(0.05) ? 0 : 1));
}

/** Values that arithmetic stumbles over. */
function edges(random: Random): Float64Array {
  const values = [0, -0, 1, -1, 0.1, 1e300, -1e300, 1e-300, Infinity, -Infinity, Number.NaN, 1e16, 3];
  let value = random.pick(values);
  return fill(() => {
    if (random.chance(0.1)) value = random.pick(values);
    return value;
  });
}

/** Info series whose labels change once, as on a new deployment. */
function infos(random: Random, target: { job: string; instance: string }): SampleSeries[] {
  const change = random.below(STEPS);
  const part = (labels: Record<string, string>, from: number, to: number): SampleSeries => ({
    labels,
    timestampsMs: Float64Array.from({ length: Math.max(0, to - from) }, (_, i) => START_MS + (from + i) * STEP_MS),
    values: new Float64Array(Math.max(0, to - from)).fill(1),
  });
  return [
    part({ __name__: "target_info", ...target, version: "1.0", zone: "eu" }, 0, change),
    part({ __name__: "target_info", ...target, version: "2.0", zone: "eu" }, change, STEPS),
    part({ __name__: "build_info", ...target, commit: "c0ffee" }, 0, STEPS),
  ];
}

/** Cumulative buckets, sometimes not monotonic, one bound spelled twice. */
function classic(random: Random, target: { job: string; instance: string }): SampleSeries[] {
  const bounds = random.pick([
    ["0.1", "0.5", "1", "5", "+Inf"],
    ["0.1", "1", "1.0", "+Inf"],
    ["-1", "0", "2.5", "+Inf"],
    ["1", "10"],
  ]);
  const resets = fill(() => (random.chance(0.01) ? 1 : 0));
  const total = new Float64Array(STEPS);
  const buckets = bounds.map((le) => {
    let own = 0;
    const values = fill((i) => {
      own = resets[i] === 1 ? 0 : own + random.below(4);
      total[i] = (total[i] ?? 0) + own;
      return random.chance(0.002) ? 0 : (total[i] ?? 0);
    });
    return withGaps(random, { __name__: "latency_seconds_bucket", ...target, le }, values);
  });
  const sum = total.map((count) => count * 0.7);
  return [
    ...buckets,
    withGaps(random, { __name__: "latency_seconds_count", ...target }, total),
    withGaps(random, { __name__: "latency_seconds_sum", ...target }, sum),
  ];
}
