import type { ExponentialState, PointScan } from "@venturi/otlp";

interface Buckets {
  readonly offset: number;
  readonly counts: Float64Array;
}

/** An exponential histogram that outlives the batch it came in. */
export interface KeptExponential extends ExponentialState {
  readonly positive: Buckets;
  readonly negative: Buckets;
}

export function keepExponential(point: PointScan): KeptExponential {
  const { scale, zeroThreshold, zeroCount, count, sum, positive, negative } = point;
  return {
    scale,
    zeroThreshold,
    zeroCount,
    count,
    sum,
    isStale: false,
    positive: { offset: positive.offset, counts: positive.counts.copy() },
    negative: { offset: negative.offset, counts: negative.counts.copy() },
  };
}

/** The sum of two deltas: at the coarser scale and the wider zero bucket of both, where both are exact. */
export function addExponential(a: KeptExponential, b: KeptExponential): KeptExponential {
  const scale = Math.min(a.scale, b.scale);
  const zeroThreshold = Math.max(a.zeroThreshold, b.zeroThreshold);
  const sides = [a, b].flatMap((one) => {
    const shift = Math.min(one.scale - scale, 31);
    return [one.positive, one.negative].map((buckets) =>
      withoutZero(coarser(buckets, shift), scale, one, zeroThreshold),
    );
  });
  const [aPositive, aNegative, bPositive, bNegative] = sides as [Side, Side, Side, Side];
  const swallowed = sides.reduce((total, side) => total + side.swallowed, 0);
  return {
    scale,
    zeroThreshold,
    zeroCount: a.zeroCount + b.zeroCount + swallowed,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    isStale: false,
    positive: merged(aPositive.buckets, bPositive.buckets),
    negative: merged(aNegative.buckets, bNegative.buckets),
  };
}

interface Side {
  readonly buckets: Buckets;
  /** What went into the zero bucket. */
  readonly swallowed: number;
}

function coarser({ offset, counts }: Buckets, shift: number): Buckets {
  if (shift === 0 || counts.length === 0) return { offset, counts };
  const first = offset >> shift;
  const result = new Float64Array(((offset + counts.length - 1) >> shift) - first + 1);
  for (let at = 0; at < counts.length; at++) {
    const index = ((offset + at) >> shift) - first;
    result[index] = (result[index] as number) + (counts[at] as number);
  }
  return { offset: first, counts: result };
}

/** Moves buckets that lie within a zero bucket that has become wider into it. */
function withoutZero(buckets: Buckets, scale: number, from: KeptExponential, zeroThreshold: number): Side {
  if (from.zeroThreshold >= zeroThreshold) return { buckets, swallowed: 0 };
  const { offset, counts } = buckets;
  let first = 0;
  let swallowed = 0;
  while (first < counts.length && 2 ** ((offset + first + 1) * 2 ** -scale) <= zeroThreshold) {
    swallowed += counts[first++] as number;
  }
  return { buckets: { offset: offset + first, counts: counts.subarray(first) }, swallowed };
}

/** Spanning more than this takes senders that contradict each other; the newer then stands alone. */
const BUCKETS_MAX = 65_536;

function merged(a: Buckets, b: Buckets): Buckets {
  if (a.counts.length === 0) return b;
  if (b.counts.length === 0) return a;
  const offset = Math.min(a.offset, b.offset);
  const length = Math.max(a.offset + a.counts.length, b.offset + b.counts.length) - offset;
  if (length > BUCKETS_MAX) return b;
  const counts = new Float64Array(length);
  for (const one of [a, b]) {
    for (let at = 0; at < one.counts.length; at++) {
      const index = one.offset - offset + at;
      counts[index] = (counts[index] as number) + (one.counts[at] as number);
    }
  }
  return { offset, counts };
}
