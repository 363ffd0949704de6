import type { BoundsSlab } from "./count-slabs.js";
import type { KeptExponential } from "./exponential-state.js";
import type { ExposedFamily } from "./families.js";

export const NUMBER = 0;
export const HISTOGRAM = 1;
export const EXPONENTIAL = 2;
export const SUMMARY = 3;

/** The quantiles of a summary. */
export interface Quantiles {
  readonly quantiles: Float64Array;
  readonly values: Float64Array;
}

/** The exemplar messages of a series' last point, one after another; read only when a scraper wants them. */
export interface KeptExemplars {
  readonly bytes: Uint8Array;
  /** Start and end of each in turns. */
  readonly ranges: readonly number[];
}

const INITIAL = 256;

/** The exposed series by number: numbers in typed arrays, so that 50 000 series are some arrays and not 50 000 objects. */
export class SeriesColumns {
  kinds: Uint8Array = new Uint8Array(INITIAL);
  alive: Uint8Array = new Uint8Array(INITIAL);
  /** The value, or the count of a histogram or summary. */
  values: Float64Array = new Float64Array(INITIAL);
  sums: Float64Array = new Float64Array(INITIAL);
  timeHigh: Uint32Array = new Uint32Array(INITIAL);
  timeLow: Uint32Array = new Uint32Array(INITIAL);
  startHigh: Uint32Array = new Uint32Array(INITIAL);
  startLow: Uint32Array = new Uint32Array(INITIAL);
  updatedMs: Float64Array = new Float64Array(INITIAL);
  /** Row of the bucket counts in the series' slab. */
  rows: Int32Array = new Int32Array(INITIAL);
  readonly labels: string[] = [];
  readonly families: ExposedFamily[] = [];
  readonly slabs: (BoundsSlab | undefined)[] = [];
  readonly exponentials: (KeptExponential | undefined)[] = [];
  readonly summaries: (Quantiles | undefined)[] = [];
  readonly exemplars: (KeptExemplars | undefined)[] = [];
  aliveCount = 0;

  get size(): number {
    return this.labels.length;
  }

  add(family: ExposedFamily, labels: string, kind: number): number {
    const id = this.labels.length;
    if (id === this.kinds.length) this.grow();
    this.labels.push(labels);
    this.families.push(family);
    this.slabs.push(undefined);
    this.exponentials.push(undefined);
    this.summaries.push(undefined);
    this.exemplars.push(undefined);
    this.kinds[id] = kind;
    this.alive[id] = 1;
    this.rows[id] = -1;
    this.aliveCount++;
    return id;
  }

  /** The series is no longer exposed; its number is not used again. */
  remove(id: number): void {
    if (this.alive[id] !== 1) return;
    this.alive[id] = 0;
    this.aliveCount--;
    this.clear(id);
    (this.families[id] as ExposedFamily).series.delete(this.labels[id] as string);
    this.labels[id] = "";
  }

  /** Gives back what the series held besides its numbers. */
  clear(id: number): void {
    this.slabs[id]?.release(this.rows[id] as number);
    this.slabs[id] = this.exponentials[id] = this.summaries[id] = this.exemplars[id] = undefined;
    this.rows[id] = -1;
  }

  /** The living series in columns of their own: `move` is told of every new number. */
  compacted(move: (id: number, family: ExposedFamily, labels: string) => void): SeriesColumns {
    const target = new SeriesColumns();
    for (let id = 0; id < this.size; id++) {
      if (this.alive[id] !== 1) continue;
      const family = this.families[id] as ExposedFamily;
      const labels = this.labels[id] as string;
      const to = target.add(family, labels, this.kinds[id] as number);
      for (const column of COLUMNS) (target[column] as Float64Array)[to] = this[column][id] as number;
      target.slabs[to] = this.slabs[id];
      target.exponentials[to] = this.exponentials[id];
      target.summaries[to] = this.summaries[id];
      target.exemplars[to] = this.exemplars[id];
      move(to, family, labels);
    }
    return target;
  }

  private grow(): void {
    const length = this.kinds.length * 2;
    for (const column of COLUMNS) {
      const old = this[column];
      const larger = new (old.constructor as Float64ArrayConstructor)(length);
      larger.set(old);
      (this[column] as Float64Array) = larger;
    }
  }
}

const COLUMNS = [
  "kinds",
  "alive",
  "values",
  "sums",
  "timeHigh",
  "timeLow",
  "startHigh",
  "startLow",
  "updatedMs",
  "rows",
] as const;
