import type { Distribution } from "./distribution.js";

/** Histograms with the same bounds, one a series, in one typed array. */
export class ExplicitBuckets implements Distribution {
  sums: Float64Array = new Float64Array(64);
  /** Upper bounds of all buckets but the last. */
  readonly bounds: readonly number[];
  private counts: Float64Array;
  private readonly width: number;
  private readonly current: number[];

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.width = bounds.length + 1;
    this.current = new Array<number>(this.width).fill(0);
    this.counts = new Float64Array(64 * this.width);
  }

  record(index: number, value: number, times: number): void {
    if (index >= this.sums.length) this.resize(Math.max(index + 1, this.sums.length * 2));
    this.sums[index] = (this.sums[index] as number) + value * times;
    const { bounds } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
    const at = index * this.width + bucket;
    this.counts[at] = (this.counts[at] as number) + times;
  }

  /** Good until the next call: with 50,000 series a list for each is most of a flush's garbage. */
  bucketCounts(index: number): readonly number[] {
    const { counts, current, width } = this;
    for (let bucket = 0; bucket < width; bucket++) current[bucket] = counts[index * width + bucket] as number;
    return current;
  }

  retain(kept: readonly number[]): void {
    const { sums, counts, width } = this;
    const size = Math.max(64, kept.length);
    this.sums = new Float64Array(size);
    this.counts = new Float64Array(size * width);
    kept.forEach((from, to) => {
      this.sums[to] = sums[from] as number;
      this.counts.set(counts.subarray(from * width, (from + 1) * width), to * width);
    });
  }

  private resize(size: number): void {
    const { sums, counts } = this;
    this.sums = new Float64Array(size);
    this.sums.set(sums);
    this.counts = new Float64Array(size * this.width);
    this.counts.set(counts);
  }
}
