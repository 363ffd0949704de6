/**
 * Upper bounds that many histograms share, with their bucket counts as rows of one typed array instead of one array per
 * series. Rows that were given back are used again.
 */
export class BoundsSlab {
  readonly bounds: Float64Array;
  private readonly width: number;
  private readonly emptied: () => void;
  private readonly free: number[] = [];
  private values: Float64Array;
  private rows = 0;

  /** `emptied` is called when the last row is given back. */
  constructor(bounds: Float64Array, emptied: () => void) {
    this.bounds = bounds;
    this.emptied = emptied;
    this.width = bounds.length + 1;
    this.values = new Float64Array(this.width);
  }

  allocate(): number {
    const free = this.free.pop();
    if (free !== undefined) return free;
    const row = this.rows++;
    if (this.rows * this.width > this.values.length) {
      const larger = new Float64Array(this.values.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    return row;
  }

  release(row: number): void {
    this.free.push(row);
    if (this.free.length === this.rows) this.emptied();
  }

  get(row: number, bucket: number): number {
    return this.values[row * this.width + bucket] as number;
  }

  set(row: number, bucket: number, count: number): void {
    this.values[row * this.width + bucket] = count;
  }
}

/** The slabs by their bounds; those without a histogram are forgotten, whatever bounds senders think of. */
export class CountSlabs {
  private readonly byBounds = new Map<string, BoundsSlab>();
  private last: BoundsSlab | undefined;

  get size(): number {
    return this.byBounds.size;
  }

  /** `length`: how many of `values` are bounds. */
  of(values: Float64Array, length: number): BoundsSlab {
    if (this.last !== undefined && equals(this.last.bounds, values, length)) return this.last;
    const bounds = values.slice(0, length);
    const key = bounds.join();
    let slab = this.byBounds.get(key);
    if (slab === undefined) {
      slab = new BoundsSlab(bounds, () => {
        this.byBounds.delete(key);
        this.last = undefined;
      });
      this.byBounds.set(key, slab);
    }
    this.last = slab;
    return slab;
  }
}

function equals(bounds: Float64Array, values: Float64Array, length: number): boolean {
  if (bounds.length !== length) return false;
  for (let index = 0; index < length; index++) if (bounds[index] !== values[index]) return false;
  return true;
}
