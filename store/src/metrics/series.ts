import { isStaleNaN } from "@venturi/otlp";
import type { FloatHistogram } from "@venturi/promql";
import { decodeChunk, encodeChunk, type Samples } from "./chunk-codec.js";

/** Label pairs sorted by name, `__name__` included. */
export type LabelPairs = readonly (readonly [name: string, value: string])[];

export type AppendResult = "appended" | "duplicate" | "duplicate_timestamp" | "out_of_order";

const firstCapacity = 8;
/** As many samples are kept as numbers; then they become a compressed chunk in memory, a tenth of the size. */
const maxOpenSamples = 64;

/** The two 32-bit halves of Prometheus' stale marker, a NaN with a payload of its own. */
const staleHigh = 0x7ff00000;
const staleLow = 2;

/** A compressed run of samples that is not on disk yet. */
export interface SealedChunk {
  readonly minMs: number;
  readonly maxMs: number;
  readonly count: number;
  readonly data: Uint8Array;
}

const noSamples = new Float64Array(0);

/** One time series: its labels and the samples that are not yet in a chunk on disk, oldest first. */
export class Series {
  readonly id: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Time of the first and of the newest sample that this series ever got and still has. */
  minMs: number = Number.POSITIVE_INFINITY;
  maxMs: number = Number.NEGATIVE_INFINITY;
  /** Time of the newest sample that a chunk on disk holds; everything in memory is later. */
  chunkMaxMs: number = Number.NEGATIVE_INFINITY;
  /** The retention took it away: whoever still holds it must look the labels up again. */
  isRemoved = false;
  #sealed: SealedChunk[] = [];
  #sealedCount = 0;
  #open = 0;
  /** The first half holds times, the second values: one array costs half the memory of two for a short series. */
  #data: Float64Array = noSamples;
  /** Set when the open samples are histograms; floats and histograms never share a chunk. */
  #histograms: FloatHistogram[] | undefined;

  constructor(id: number, labels: LabelPairs | Readonly<Record<string, string>>) {
    this.id = id;
    this.labels = Array.isArray(labels) ? Object.fromEntries(labels) : (labels as Readonly<Record<string, string>>);
  }

  /** Samples in memory. */
  get length(): number {
    return this.#sealedCount + this.#open;
  }

  /**
   * Follows Prometheus: a sample older than the newest one is refused, and so is another value for the same time.
   * A NaN that is the stale marker must say so, since JavaScript may lose a NaN's payload on the way.
   */
  append(timeMs: number, value: number, stale: boolean): AppendResult {
    if (timeMs <= this.maxMs) {
      if (timeMs < this.maxMs) return "out_of_order";
      return this.#hasLast(value, stale) ? "duplicate" : "duplicate_timestamp";
    }
    if (this.#histograms !== undefined) this.#seal();
    const at = this.#appendTime(timeMs);
    const capacity = this.#data.length / 2;
    this.#data[capacity + at] = value;
    if (stale) {
      const halves = new Uint32Array(this.#data.buffer);
      halves[2 * (capacity + at)] = staleLow;
      halves[2 * (capacity + at) + 1] = staleHigh;
    }
    return "appended";
  }

  /** The same for a native histogram. */
  appendHistogram(timeMs: number, histogram: FloatHistogram): AppendResult {
    if (timeMs < this.maxMs) return "out_of_order";
    if (timeMs === this.maxMs) return this.#hasLastHistogram(histogram) ? "duplicate" : "duplicate_timestamp";
    if (this.#histograms === undefined) {
      this.#seal();
      this.#histograms = [];
    }
    this.#appendTime(timeMs);
    // Sealing for want of room starts a new list.
    (this.#histograms ??= []).push(histogram);
    return "appended";
  }

  /** Samples in memory within [startMs, endMs]; later appends never change what was handed out. */
  between(startMs: number, endMs: number): Samples {
    const pieces: Samples[] = [];
    for (const chunk of this.#sealed) {
      if (chunk.maxMs >= startMs && chunk.minMs <= endMs) pieces.push(cut(decodeChunk(chunk.data), startMs, endMs));
    }
    pieces.push(cut(this.#openSamples(), startMs, endMs));
    return joinSamples(pieces);
  }

  /** What must move to disk so that nothing in memory is older than or as old as `timeMs`; whole chunks, in order. */
  until(timeMs: number): { sealed: readonly SealedChunk[]; open: Samples | undefined } {
    const sealed = this.#sealed.filter((chunk) => chunk.minMs <= timeMs);
    const open = cut(this.#openSamples(), Number.NEGATIVE_INFINITY, timeMs);
    return { sealed, open: open.times.length === 0 ? undefined : open };
  }

  /**
   * Forgets the samples in memory up to and including `timeMs`, and those that share a compressed chunk with them only
   * when the whole chunk is that old. What was handed out stays valid.
   */
  dropUntil(timeMs: number): number {
    const before = this.length;
    this.#sealed = this.#sealed.filter((chunk) => chunk.maxMs > timeMs);
    this.#sealedCount = this.#sealed.reduce((sum, chunk) => sum + chunk.count, 0);
    const dropped = firstAtOrAfter(this.#data, this.#open, timeMs + minTimeStepMs);
    if (dropped > 0) {
      this.#open -= dropped;
      this.#histograms = this.#histograms?.slice(dropped);
      this.#resize(this.#open === 0 ? 0 : Math.max(firstCapacity, nextPowerOfTwo(this.#open)), dropped);
    }
    return before - this.length;
  }

  #appendTime(timeMs: number): number {
    if (this.#open === this.#data.length / 2) {
      if (this.#open >= maxOpenSamples) this.#seal();
      else this.#resize(Math.max(firstCapacity, this.#open * 2), 0);
    }
    const at = this.#open++;
    this.#data[at] = timeMs;
    if (timeMs < this.minMs) this.minMs = timeMs;
    this.maxMs = timeMs;
    return at;
  }

  /** Compresses the open samples. Views on them may be out, so the next ones get new arrays. */
  #seal(): void {
    const count = this.#open;
    if (count > 0) {
      const samples = this.#openSamples();
      const minMs = samples.times[0] as number;
      const maxMs = samples.times[count - 1] as number;
      this.#sealed.push({ minMs, maxMs, count, data: encodeChunk(samples) });
      this.#sealedCount += count;
    }
    this.#open = 0;
    this.#histograms = undefined;
    this.#resize(firstCapacity, 0);
  }

  #openSamples(): Samples {
    const capacity = this.#data.length / 2;
    const times = this.#data.subarray(0, this.#open);
    const values = this.#data.subarray(capacity, capacity + this.#open);
    return this.#histograms === undefined ? { times, values } : { times, values, histograms: [...this.#histograms] };
  }

  #hasLast(value: number, stale: boolean): boolean {
    // Only a retry repeats a time, so the newest sample is open unless it was just sealed or moved to disk.
    if (this.#open === 0) return true;
    if (this.#histograms !== undefined) return false;
    const at = this.#data.length / 2 + this.#open - 1;
    const halves = new Uint32Array(this.#data.buffer, at * 8, 2);
    const lastIsStale = halves[1] === staleHigh && halves[0] === staleLow;
    return lastIsStale === stale && (stale || Object.is(this.#data[at], value));
  }

  #hasLastHistogram(histogram: FloatHistogram): boolean {
    if (this.#open === 0) return true;
    const last = this.#histograms?.[this.#open - 1];
    if (last === undefined) return false;
    return last.count === histogram.count && (Object.is(last.sum, histogram.sum) || isStaleNaN(last.sum));
  }

  #resize(capacity: number, from: number): void {
    const old = this.#data.length / 2;
    const data = capacity === 0 ? noSamples : new Float64Array(2 * capacity);
    data.set(this.#data.subarray(from, from + this.#open));
    data.set(this.#data.subarray(old + from, old + from + this.#open), capacity);
    this.#data = data;
  }
}

/** Times are whole milliseconds, so the first time after `t` is `t + 1`. */
const minTimeStepMs = 1;

/** The samples within [startMs, endMs], as views. */
export function cut(samples: Samples, startMs: number, endMs: number): Samples {
  const { times, values, histograms } = samples;
  const from = firstAtOrAfter(times, times.length, startMs);
  const to = Math.max(from, firstAtOrAfter(times, times.length, endMs + minTimeStepMs));
  if (from === 0 && to === times.length) return samples;
  return {
    times: times.subarray(from, to),
    values: values.subarray(from, to),
    ...(histograms === undefined ? {} : { histograms: histograms.slice(from, to) }),
  };
}

/** Pieces in order of time as one; a single piece is not copied. */
export function joinSamples(pieces: readonly Samples[]): Samples {
  const filled = pieces.filter((piece) => piece.times.length > 0);
  if (filled.length <= 1) return filled[0] ?? { times: noSamples, values: noSamples };
  const length = filled.reduce((sum, piece) => sum + piece.times.length, 0);
  const times = new Float64Array(length);
  const values = new Float64Array(length);
  const hasHistograms = filled.some((piece) => piece.histograms !== undefined);
  const histograms: (FloatHistogram | undefined)[] = hasHistograms ? new Array(length).fill(undefined) : [];
  let at = 0;
  for (const piece of filled) {
    times.set(piece.times, at);
    // A bulk copy keeps the bits of a NaN, which the stale marker needs.
    values.set(piece.values, at);
    piece.histograms?.forEach((histogram, index) => {
      histograms[at + index] = histogram;
    });
    at += piece.times.length;
  }
  return hasHistograms ? { times, values, histograms } : { times, values };
}

function firstAtOrAfter(times: Float64Array, length: number, timeMs: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function nextPowerOfTwo(count: number): number {
  return count <= 1 ? 1 : 2 ** Math.ceil(Math.log2(count));
}
