import type { FloatHistogram, SampleSeries, Span } from "@venturi/promql";
import type { Random } from "./random.js";

type WithGaps = (
  random: Random,
  labels: Record<string, string>,
  values: Float64Array,
  histograms: SampleSeries["histograms"],
) => SampleSeries;

interface Shape {
  readonly schema: number;
  readonly zeroThreshold: number;
  readonly customValues?: Float64Array;
}

/**
 * The buckets that a shape has, populated or not. Storage gives all histograms of a chunk the same buckets, and some
 * answers depend on whether there are (empty) ones: a series must not change its buckets under one shape.
 */
class Layouts {
  readonly #random: Random;
  readonly #byShape = new Map<string, Layout>();

  constructor(random: Random) {
    this.#random = random;
  }

  of({ schema, zeroThreshold, customValues }: Shape): Layout {
    const key = `${schema} ${zeroThreshold} ${customValues}`;
    const known = this.#byShape.get(key);
    if (known !== undefined) return known;
    const random = this.#random;
    const indexes = Array.from({ length: 12 }, (_, i) => i - 4);
    const layout: Layout =
      customValues === undefined
        ? { positive: random.some(indexes), negative: random.chance(0.6) ? random.some(indexes) : [] }
        : { positive: Array.from({ length: customValues.length + 1 }, (_, i) => i), negative: [] };
    this.#byShape.set(key, layout);
    return layout;
  }
}

interface Layout {
  readonly positive: readonly number[];
  readonly negative: readonly number[];
}

/** Native histograms of one target: counters, gauges, custom buckets, and series that change between types. */
export function randomHistograms(
  random: Random,
  target: { job: string; instance: string },
  steps: number,
  withGaps: WithGaps,
): SampleSeries[] {
  const named = (name: string): Record<string, string> => ({ __name__: name, ...target });
  const nothing = new Float64Array(steps);
  const exponential = (): Shape => ({
    schema: random.pick([0, 0, 1, 2, 3, -1]),
    zeroThreshold: random.pick([0, 0.001, 0.001, 0.3]),
  });
  const bounds = [
    [0.1, 0.5, 1, 5],
    [0.1, 1, 5, 10],
    [-2, 0, 2],
  ].map((list) => Float64Array.from(list));
  const custom = (): Shape => ({ schema: -53, zeroThreshold: 0, customValues: random.pick(bounds) });
  const either = (): Shape => (random.chance(0.5) ? exponential() : custom());
  const mixed = grow(random, steps, either, 0);
  const floats = Float64Array.from({ length: steps }, () => random.below(10));
  let isFloat = random.chance(0.5);
  const sometimes = mixed.map((histogram) => {
    if (random.chance(0.02)) isFloat = !isFloat;
    return isFloat ? undefined : histogram;
  });
  return [
    withGaps(random, named("native_latency"), nothing, grow(random, steps, exponential, 0)),
    withGaps(random, named("native_gauge"), nothing, grow(random, steps, exponential, 3)),
    withGaps(random, named("nhcb_latency"), nothing, grow(random, steps, custom, 0)),
    withGaps(random, named("mixed_kinds"), floats, sometimes),
  ];
}

/** Histograms that observe something at every step; sometimes they begin anew, in another shape. */
function grow(random: Random, steps: number, shapeOf: () => Shape, hint: 0 | 3): FloatHistogram[] {
  const layouts = new Layouts(random);
  let shape = shapeOf();
  let growing = new Growing(shape, layouts.of(shape));
  const list: FloatHistogram[] = [];
  for (let i = 0; i < steps; i++) {
    if (random.chance(0.01)) {
      if (random.chance(0.5)) shape = shapeOf();
      growing = new Growing(shape, layouts.of(shape));
    }
    growing.observe(random);
    if (hint === 3 && random.chance(0.1)) growing.forget(random);
    list.push(growing.histogram(hint));
  }
  return list;
}

class Growing {
  readonly #shape: Shape;
  readonly #positive: Map<number, number>;
  readonly #negative: Map<number, number>;
  #zero = 0;
  #sum = 0;

  constructor(shape: Shape, { positive, negative }: Layout) {
    this.#shape = shape;
    this.#positive = new Map(positive.map((index) => [index, 0]));
    this.#negative = new Map(negative.map((index) => [index, 0]));
  }

  observe(random: Random): void {
    const weight = random.chance(0.2) ? 0.5 : 1;
    for (let i = random.below(3); i >= 0; i--) {
      const side = random.chance(0.3) && this.#negative.size > 0 ? this.#negative : this.#positive;
      if (this.#shape.customValues === undefined && random.chance(0.15)) this.#zero += weight;
      else increase(side, random.pick([...side.keys()]), weight);
      this.#sum += weight * (random.next() * 4 - 1);
    }
  }

  forget(random: Random): void {
    this.#positive.set(random.pick([...this.#positive.keys()]), 0);
  }

  histogram(hint: 0 | 3): FloatHistogram {
    const [positive, negative] = [encoded(this.#positive), encoded(this.#negative)];
    const total = [...this.#positive.values(), ...this.#negative.values()].reduce((a, b) => a + b, this.#zero);
    return {
      ...this.#shape,
      zeroCount: this.#zero,
      count: total,
      sum: this.#sum,
      positiveSpans: positive.spans,
      positiveBuckets: positive.buckets,
      negativeSpans: negative.spans,
      negativeBuckets: negative.buckets,
      counterResetHint: hint,
    };
  }
}

function increase(buckets: Map<number, number>, index: number, by: number): void {
  buckets.set(index, (buckets.get(index) ?? 0) + by);
}

function encoded(counts: ReadonlyMap<number, number>): { spans: Span[]; buckets: Float64Array } {
  const indexes = [...counts.keys()].sort((a, b) => a - b);
  const spans: { offset: number; length: number }[] = [];
  let end = 0;
  for (const index of indexes) {
    const last = spans.at(-1);
    if (last !== undefined && index === end) last.length++;
    else spans.push({ offset: index - end, length: 1 });
    end = index + 1;
  }
  return { spans, buckets: Float64Array.from(indexes, (index) => counts.get(index) ?? 0) };
}
