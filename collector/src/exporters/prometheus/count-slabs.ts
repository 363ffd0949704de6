/** Equally long rows of doubles in one array; rows that were freed are used again. */
class Slab {
  values: Float64Array;
  readonly width: number;
  private readonly free: number[] = [];
  private rows = 0;

  constructor(width: number) {
    this.width = width;
    this.values = new Float64Array(width * 16);
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
  }
}

/** Upper bounds that many histograms share, with a slab of their bucket counts: one typed array and not one per series. */
export class BoundsSlab {
  readonly bounds: Float64Array;
  private readonly slab: Slab;

  constructor(bounds: Float64Array) {
    this.bounds = bounds;
    this.slab = new Slab(bounds.length + 1);
  }

  allocate(): number {
    return this.slab.allocate();
  }

  release(row: number): void {
    this.slab.release(row);
  }

  get(row: number, bucket: number): number {
    return this.slab.values[row * this.slab.width + bucket] as number;
  }

  set(row: number, bucket: number, count: number): void {
    this.slab.values[row * this.slab.width + bucket] = count;
  }
}

/** The slabs by their bounds. */
export class CountSlabs {
  private readonly byBounds = new Map<string, BoundsSlab>();
  private last: BoundsSlab | undefined;

  /** `length`: how many of `values` are bounds. */
  of(values: Float64Array, length: number): BoundsSlab {
    if (this.last !== undefined && equals(this.last.bounds, values, length)) return this.last;
    const bounds = values.slice(0, length);
    const key = bounds.join();
    let slab = this.byBounds.get(key);
    if (slab === undefined) this.byBounds.set(key, (slab = new BoundsSlab(bounds)));
    this.last = slab;
    return slab;
  }
}

function equals(bounds: Float64Array, values: Float64Array, length: number): boolean {
  if (bounds.length !== length) return false;
  for (let index = 0; index < length; index++) if (bounds[index] !== values[index]) return false;
  return true;
}
