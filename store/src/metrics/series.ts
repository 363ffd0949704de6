/** Label pairs sorted by name, `__name__` included. */
export type LabelPairs = readonly (readonly [name: string, value: string])[];

export type AppendResult = "appended" | "duplicate" | "duplicate_timestamp" | "out_of_order";

const firstCapacity = 16;

/** The two 32-bit halves of Prometheus' stale marker, a NaN with a payload of its own. */
const staleHigh = 0x7ff00000;
const staleLow = 2;

/** One time series: its labels and the samples that are not yet in a chunk on disk, oldest first. */
export class Series {
  readonly id: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Time of the first and of the newest sample that this series ever got and still has. */
  minMs: number = Number.POSITIVE_INFINITY;
  maxMs: number = Number.NEGATIVE_INFINITY;
  /** Time of the newest sample that a chunk on disk holds; everything in memory is later. */
  chunkMaxMs: number = Number.NEGATIVE_INFINITY;
  length = 0;
  #times = new Float64Array(firstCapacity);
  #values = new Float64Array(firstCapacity);
  #valueHalves = new Uint32Array(this.#values.buffer);

  constructor(id: number, pairs: LabelPairs) {
    this.id = id;
    this.labels = Object.fromEntries(pairs);
  }

  /**
   * Follows Prometheus: a sample older than the newest one is refused, and so is another value for the same time.
   * A NaN that is the stale marker must say so, since JavaScript may lose a NaN's payload on the way.
   */
  append(timeMs: number, value: number, stale: boolean): AppendResult {
    if (timeMs < this.maxMs) return "out_of_order";
    if (timeMs === this.maxMs) return this.#hasLast(value, stale) ? "duplicate" : "duplicate_timestamp";
    if (this.length === this.#times.length) this.#resize(this.length * 2, 0);
    const at = this.length++;
    this.#times[at] = timeMs;
    this.#values[at] = value;
    if (stale) this.#writeStale(at);
    if (timeMs < this.minMs) this.minMs = timeMs;
    this.maxMs = timeMs;
    return "appended";
  }

  /** Samples in memory within [startMs, endMs] as views; later appends never change what a view shows. */
  between(startMs: number, endMs: number): { times: Float64Array; values: Float64Array } {
    const from = this.#firstAtOrAfter(startMs);
    const to = this.#firstAtOrAfter(endMs + minTimeStepMs);
    return {
      times: this.#times.subarray(from, Math.max(from, to)),
      values: this.#values.subarray(from, Math.max(from, to)),
    };
  }

  /** Forgets the samples in memory up to and including `timeMs`. Existing views stay valid. */
  dropUntil(timeMs: number): number {
    const dropped = this.#firstAtOrAfter(timeMs + minTimeStepMs);
    if (dropped === 0) return 0;
    this.length -= dropped;
    this.#resize(Math.max(firstCapacity, nextPowerOfTwo(this.length)), dropped);
    return dropped;
  }

  #hasLast(value: number, stale: boolean): boolean {
    // Only a retry repeats a time, so the newest sample is in memory unless it was just moved to a chunk.
    if (this.length === 0) return true;
    const at = this.length - 1;
    const lastIsStale = this.#valueHalves[2 * at + 1] === staleHigh && this.#valueHalves[2 * at] === staleLow;
    return lastIsStale === stale && (stale || Object.is(this.#values[at], value));
  }

  #writeStale(at: number): void {
    this.#valueHalves[2 * at] = staleLow;
    this.#valueHalves[2 * at + 1] = staleHigh;
  }

  #firstAtOrAfter(timeMs: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] as number) < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #resize(capacity: number, from: number): void {
    const times = new Float64Array(capacity);
    const values = new Float64Array(capacity);
    times.set(this.#times.subarray(from, from + this.length));
    values.set(this.#values.subarray(from, from + this.length));
    this.#times = times;
    this.#values = values;
    this.#valueHalves = new Uint32Array(values.buffer);
  }
}

/** Times are whole milliseconds, so the first time after `t` is `t + 1`. */
const minTimeStepMs = 1;

function nextPowerOfTwo(count: number): number {
  return count <= 1 ? 1 : 2 ** Math.ceil(Math.log2(count));
}
