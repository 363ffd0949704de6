import { quantile } from "../numbers.js";
import { seededRandom } from "../random.js";
import type { Change } from "./comparison.js";

/** Relative width of a bin: values within it are taken as spread evenly. */
const BIN_WIDTH = 0.005;

/**
 * The relative change of a quantile between two runs, by a block bootstrap: whole stretches of time are drawn with
 * replacement and not single requests, since requests that follow each other share the same queue, pause or pool (H.
 * Künsch, The Jackknife and the Bootstrap for General Stationary Observations, 1989). What differs between two runs of
 * the same build is not in the interval: nothing in two runs shows it.
 * @param baseline positive values per stretch of time, as `candidate`
 * @param q 0…1
 */
export function quantileChange(
  baseline: readonly Float64Array[],
  candidate: readonly Float64Array[],
  q: number,
  resamples = 2000,
  seed = 1,
): Change {
  const range = rangeOf([...baseline, ...candidate]);
  const before = new Resampler(baseline, range);
  const after = new Resampler(candidate, range);
  const random = seededRandom(seed);
  const drawn = Array.from({ length: resamples }, () => Math.log(after.draw(random, q) / before.draw(random, q)));
  return fromResamples(Math.log(after.whole(q) / before.whole(q)), drawn, Math.expm1);
}

/** The change of a share between two runs: `[hits, total]` per stretch of time. */
export function shareChange(
  baseline: readonly (readonly [hits: number, total: number])[],
  candidate: readonly (readonly [hits: number, total: number])[],
  resamples = 2000,
  seed = 1,
): Change {
  const random = seededRandom(seed);
  const share = (blocks: typeof baseline): number => {
    let [hits, total] = [0, 0];
    for (const block of blocks) {
      hits += block[0];
      total += block[1];
    }
    return total === 0 ? 0 : hits / total;
  };
  const draw = (blocks: typeof baseline): number =>
    share(blocks.map(() => blocks[Math.floor(random() * blocks.length)] ?? [0, 0]));
  const drawn = Array.from({ length: resamples }, () => draw(candidate) - draw(baseline));
  return fromResamples(share(candidate) - share(baseline), drawn, (value) => value);
}

function fromResamples(centre: number, drawn: readonly number[], unfold: (value: number) => number): Change {
  const below = drawn.filter((value) => value <= 0).length;
  const above = drawn.filter((value) => value >= 0).length;
  // One is added since no number of resamples shows that something never happens.
  const pValue = Math.min(1, (2 * (Math.min(below, above) + 1)) / (drawn.length + 1));
  return {
    change: unfold(centre),
    low: unfold(quantile(drawn, 0.025)),
    high: unfold(quantile(drawn, 0.975)),
    pValue,
  };
}

interface BinRange {
  /** Logarithm of the lowest value. */
  readonly low: number;
  readonly bins: number;
}

function rangeOf(blocks: readonly Float64Array[]): BinRange {
  let [low, high] = [Number.POSITIVE_INFINITY, 0];
  for (const block of blocks) {
    for (const value of block) {
      if (value <= 0) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (high === 0) return { low: 0, bins: 1 };
  return { low: Math.log(low), bins: Math.ceil(Math.log(high / low) / BIN_WIDTH) + 1 };
}

/** Counts of each block in bins of equal ratio: a resample is a sum of histograms, and no sort. */
class Resampler {
  private readonly counts: readonly Uint32Array[];
  private readonly sum: Uint32Array;
  private readonly low: number;

  constructor(blocks: readonly Float64Array[], { low, bins }: BinRange) {
    this.low = low;
    this.sum = new Uint32Array(bins);
    this.counts = blocks.map((block) => {
      const counts = new Uint32Array(bins);
      for (const value of block) {
        const bin = value <= 0 ? 0 : Math.floor((Math.log(value) - low) / BIN_WIDTH);
        counts[bin] = (counts[bin] ?? 0) + 1;
      }
      return counts;
    });
  }

  whole(q: number): number {
    return this.quantileOf(this.counts, q);
  }

  draw(random: () => number, q: number): number {
    const { counts } = this;
    return this.quantileOf(
      counts.map(() => counts[Math.floor(random() * counts.length)] as Uint32Array),
      q,
    );
  }

  private quantileOf(blocks: readonly Uint32Array[], q: number): number {
    const { sum } = this;
    sum.fill(0);
    let total = 0;
    for (const counts of blocks) {
      for (let bin = 0; bin < counts.length; bin++) {
        const count = counts[bin] as number;
        sum[bin] = (sum[bin] as number) + count;
        total += count;
      }
    }
    const rank = q * total;
    let seen = 0;
    for (let bin = 0; bin < sum.length; bin++) {
      const count = sum[bin] as number;
      if (count > 0 && seen + count >= rank) {
        return Math.exp(this.low + (bin + (rank - seen) / count) * BIN_WIDTH);
      }
      seen += count;
    }
    return Math.exp(this.low + sum.length * BIN_WIDTH);
  }
}
