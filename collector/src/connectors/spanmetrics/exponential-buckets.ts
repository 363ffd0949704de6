import type { ExponentialBuckets as PointBuckets } from "@venturi/otlp";
import type { Distribution } from "./distribution.js";

/** The finest scale that a double can tell apart, with which a series begins. */
const MAX_SCALE = 20;
/** Places that a series has for counts when it begins. */
const LEAST_CAPACITY = 4;

/** Words of a double: the exponent is read from its bits, which no rounding of a logarithm can get wrong. */
const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/**
 * OpenTelemetry's base-2 exponential histograms of durations, one a series: counts lie in one pool of doubles and all else
 * in typed arrays, so that recording makes no object. When a value does not fit into `maxSize` buckets, neighbours are
 * joined until it does: results are those of the library the Collector has (lightstep/go-expohisto).
 */
export class ExponentialBuckets implements Distribution {
  sums: Float64Array = new Float64Array(64);
  private mins = new Float64Array(64);
  private maxes = new Float64Array(64);
  private totals = new Float64Array(64);
  private zeros = new Float64Array(64);
  private scales = new Int8Array(64).fill(MAX_SCALE);
  /** Index of the lowest bucket. */
  private offsets = new Int32Array(64);
  private lengths = new Int32Array(64);
  /** Where a series' counts are in the pool, and how many places it has there. */
  private places: Int32Array = new Int32Array(64);
  private capacities = new Int32Array(64);
  private pool = new Float64Array(1024);
  private poolEnd = 0;
  /** Places that series left when they grew, by their capacity. */
  private readonly free = new Map<number, number[]>();
  private readonly maxSize: number;

  constructor(maxSize: number) {
    this.maxSize = maxSize;
  }

  record(index: number, value: number, times: number): void {
    if (index >= this.sums.length) this.resize(Math.max(index + 1, this.sums.length * 2));
    const isFirst = this.totals[index] === 0;
    if (isFirst || value < (this.mins[index] as number)) this.mins[index] = value;
    if (isFirst || value > (this.maxes[index] as number)) this.maxes[index] = value;
    this.totals[index] = (this.totals[index] as number) + times;
    if (value === 0) {
      this.zeros[index] = (this.zeros[index] as number) + times;
      return;
    }
    this.sums[index] = (this.sums[index] as number) + value * times;
    let bucket = bucketOf(value, this.scales[index] as number);
    if (this.lengths[index] === 0) this.begin(index, bucket);
    let change = this.changeFor(index, bucket);
    while (change > 0) {
      this.downscale(index, change);
      bucket = bucketOf(value, this.scales[index] as number);
      change = this.changeFor(index, bucket);
    }
    this.makeRoom(index, bucket);
    const at = (this.places[index] as number) + bucket - (this.offsets[index] as number);
    this.pool[at] = (this.pool[at] as number) + times;
  }

  scale(index: number): number {
    return this.lengths[index] === 0 ? 0 : (this.scales[index] as number);
  }

  zeroCount(index: number): number {
    return this.zeros[index] as number;
  }

  min(index: number): number {
    return this.mins[index] as number;
  }

  max(index: number): number {
    return this.maxes[index] as number;
  }

  buckets(index: number): PointBuckets {
    const place = this.places[index] as number;
    const length = this.lengths[index] as number;
    return {
      offset: this.offsets[index] as number,
      bucketCounts: Array.from(this.pool.subarray(place, place + length)),
    };
  }

  retain(kept: readonly number[]): void {
    const size = Math.max(64, kept.length);
    const take = <Column extends Float64Array | Int32Array | Int8Array>(from: Column, to: Column): Column => {
      kept.forEach((index, row) => {
        to[row] = from[index] as number;
      });
      return to;
    };
    this.sums = take(this.sums, new Float64Array(size));
    this.mins = take(this.mins, new Float64Array(size));
    this.maxes = take(this.maxes, new Float64Array(size));
    this.totals = take(this.totals, new Float64Array(size));
    this.zeros = take(this.zeros, new Float64Array(size));
    this.scales = take(this.scales, new Int8Array(size).fill(MAX_SCALE));
    this.offsets = take(this.offsets, new Int32Array(size));
    this.lengths = take(this.lengths, new Int32Array(size));
    this.capacities = take(this.capacities, new Int32Array(size));
    this.movePool(take(this.places, new Int32Array(size)), kept.length);
  }

  /** The first bucket of a series. */
  private begin(index: number, bucket: number): void {
    if (this.capacities[index] === 0) this.settle(index, Math.min(LEAST_CAPACITY, this.maxSize));
    this.offsets[index] = bucket;
    this.lengths[index] = 1;
  }

  /** By how many scales the series must be coarser before the bucket fits. */
  private changeFor(index: number, bucket: number): number {
    const offset = this.offsets[index] as number;
    let low = Math.min(bucket, offset);
    let high = Math.max(bucket, offset + (this.lengths[index] as number) - 1);
    let change = 0;
    for (; high - low >= this.maxSize; change++) {
      low >>= 1;
      high >>= 1;
    }
    return change;
  }

  /** 2^change neighbours become one. */
  private downscale(index: number, change: number): void {
    const { pool } = this;
    const place = this.places[index] as number;
    const offset = this.offsets[index] as number;
    const length = this.lengths[index] as number;
    const lowest = offset >> change;
    for (let at = 0; at < length; at++) {
      const to = ((offset + at) >> change) - lowest;
      if (to === at) continue;
      pool[place + to] = (pool[place + to] as number) + (pool[place + at] as number);
      pool[place + at] = 0;
    }
    this.offsets[index] = lowest;
    this.lengths[index] = ((offset + length - 1) >> change) - lowest + 1;
    this.scales[index] = (this.scales[index] as number) - change;
  }

  /** Stretches the series to a bucket that fits. */
  private makeRoom(index: number, bucket: number): void {
    const offset = this.offsets[index] as number;
    const length = this.lengths[index] as number;
    const below = offset - bucket;
    if (below <= 0 && bucket < offset + length) return;
    const wanted = below > 0 ? length + below : bucket - offset + 1;
    if (wanted > (this.capacities[index] as number)) this.settle(index, capacityFor(wanted, this.maxSize));
    this.lengths[index] = wanted;
    if (below <= 0) return;
    const place = this.places[index] as number;
    this.pool.copyWithin(place + below, place, place + length);
    this.pool.fill(0, place, place + below);
    this.offsets[index] = bucket;
  }

  /** Gives a series a larger place in the pool. */
  private settle(index: number, capacity: number): void {
    const before = this.places[index] as number;
    const had = this.capacities[index] as number;
    const place = this.free.get(capacity)?.pop() ?? this.append(capacity);
    this.pool.copyWithin(place, before, before + had);
    this.pool.fill(0, place + had, place + capacity);
    this.places[index] = place;
    this.capacities[index] = capacity;
    if (had === 0) return;
    const left = this.free.get(had);
    if (left === undefined) this.free.set(had, [before]);
    else left.push(before);
  }

  private append(capacity: number): number {
    const place = this.poolEnd;
    this.poolEnd += capacity;
    if (this.poolEnd > this.pool.length) this.pool = grown(this.pool, new Float64Array(this.poolEnd * 2));
    return place;
  }

  /** Lays the counts of the series that were kept one behind the other. */
  private movePool(places: Int32Array, count: number): void {
    let end = 0;
    for (let row = 0; row < count; row++) end += this.capacities[row] as number;
    const pool = new Float64Array(Math.max(1024, end));
    this.poolEnd = 0;
    for (let row = 0; row < count; row++) {
      const place = places[row] as number;
      pool.set(this.pool.subarray(place, place + (this.capacities[row] as number)), this.poolEnd);
      places[row] = this.poolEnd;
      this.poolEnd += this.capacities[row] as number;
    }
    this.places = places;
    this.pool = pool;
    this.free.clear();
  }

  private resize(size: number): void {
    this.sums = grown(this.sums, new Float64Array(size));
    this.mins = grown(this.mins, new Float64Array(size));
    this.maxes = grown(this.maxes, new Float64Array(size));
    this.totals = grown(this.totals, new Float64Array(size));
    this.zeros = grown(this.zeros, new Float64Array(size));
    this.scales = grown(this.scales, new Int8Array(size).fill(MAX_SCALE));
    this.offsets = grown(this.offsets, new Int32Array(size));
    this.lengths = grown(this.lengths, new Int32Array(size));
    this.places = grown(this.places, new Int32Array(size));
    this.capacities = grown(this.capacities, new Int32Array(size));
  }
}

function grown<Column extends Float64Array | Int32Array | Int8Array>(from: Column, to: Column): Column {
  to.set(from);
  return to;
}

/** Powers of two, and at last the most that there may be. */
function capacityFor(wanted: number, maxSize: number): number {
  let capacity = LEAST_CAPACITY;
  while (capacity < wanted) capacity *= 2;
  return Math.min(capacity, maxSize);
}

/** The bucket with `base^index < value <= base^(index+1)` of a positive value, where base is `2^(2^-scale)`. */
export function bucketOf(value: number, scale: number): number {
  double[0] = value;
  const high = words[HIGH] as number;
  const exponent = ((high >>> 20) & 0x7ff) - 1023;
  const isPowerOfTwo = (high & 0xfffff) === 0 && words[1 - HIGH] === 0;
  // Powers of two are the upper bounds of their buckets, exactly.
  if (scale <= 0) return (isPowerOfTwo ? exponent - 1 : exponent) >> -scale;
  if (isPowerOfTwo) return exponent * 2 ** scale - 1;
  return Math.floor(Math.log(value) * (Math.LOG2E * 2 ** scale));
}
