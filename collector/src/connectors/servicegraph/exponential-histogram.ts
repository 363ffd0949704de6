/** The finest scale that a double can tell apart. */
const MAX_SCALE = 20;

/**
 * OpenTelemetry's base-2 exponential histogram of positive numbers and zeros, with a bound on its buckets: when a number
 * does not fit, neighbours are joined until it does.
 */
export class ExponentialHistogram {
  scale: number = MAX_SCALE;
  count = 0;
  sum = 0;
  min: number = Number.POSITIVE_INFINITY;
  max: number = Number.NEGATIVE_INFINITY;
  zeroCount = 0;
  /** Index of the first bucket. */
  offset = 0;
  /** From `offset` on. */
  buckets: number[] = [];
  private readonly maxSize: number;

  constructor(maxSize: number) {
    this.maxSize = maxSize;
  }

  record(value: number): void {
    this.count++;
    this.sum += value;
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
    if (value <= 0) {
      this.zeroCount++;
      return;
    }
    let index = indexOf(value, this.scale);
    while (!this.fits(index)) {
      this.halve();
      index = indexOf(value, this.scale);
    }
    if (this.buckets.length === 0) this.offset = index;
    while (index < this.offset) {
      this.buckets.unshift(0);
      this.offset--;
    }
    while (index >= this.offset + this.buckets.length) this.buckets.push(0);
    const at = index - this.offset;
    this.buckets[at] = (this.buckets[at] as number) + 1;
  }

  private fits(index: number): boolean {
    if (this.buckets.length === 0) return true;
    const low = Math.min(index, this.offset);
    const high = Math.max(index, this.offset + this.buckets.length - 1);
    return high - low < this.maxSize;
  }

  /** One scale coarser: two buckets become one. */
  private halve(): void {
    this.scale--;
    const offset = Math.floor(this.offset / 2);
    const joined: number[] = [];
    this.buckets.forEach((count, at) => {
      const index = Math.floor((this.offset + at) / 2) - offset;
      joined[index] = (joined[index] ?? 0) + count;
    });
    this.offset = offset;
    this.buckets = joined;
  }
}

/** The bucket with `base^index < value <= base^(index+1)`, where base is `2^(2^-scale)`. */
function indexOf(value: number, scale: number): number {
  const { mantissa, exponent } = split(value);
  // Powers of two are upper bounds of their buckets, exactly.
  if (scale <= 0) return ((mantissa === 1 ? exponent - 1 : exponent) >> -scale) | 0;
  if (mantissa === 1) return exponent * 2 ** scale - 1;
  return Math.floor(Math.log(value) * Math.LOG2E * 2 ** scale);
}

/** `value = mantissa · 2^exponent` with a mantissa in [1, 2). */
function split(value: number): { mantissa: number; exponent: number } {
  let exponent = Math.floor(Math.log2(value));
  // The logarithm rounds.
  if (2 ** exponent > value) exponent--;
  else if (2 ** (exponent + 1) <= value) exponent++;
  return { mantissa: value / 2 ** exponent, exponent };
}
