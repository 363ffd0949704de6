import type { FloatHistogram } from "@venturi/promql";
import { ByteReader, ByteWriter } from "./byte-numbers.js";
import { readHistogram, writeHistogram } from "./histogram-codec.js";

/** The bytes are described in docs/formats/store-file.md. */
const logVersion = 1;

const firstCapacity = 1024;
const staleHigh = 0x7ff00000;
const staleLow = 2;

/**
 * Samples accepted since the last flush, for the log table. While they come in they only go to typed arrays; the bytes
 * are made once per flush: one blob costs one native call, where rows would cost three per sample. It is read only when
 * the store opens.
 */
export class SampleLog {
  #ids = new Uint32Array(firstCapacity);
  #times = new Float64Array(firstCapacity);
  #values = new Float64Array(firstCapacity);
  #halves = new Uint32Array(this.#values.buffer);
  #floats = 0;
  readonly #histograms: { readonly seriesId: number; readonly timeMs: number; readonly histogram: FloatHistogram }[] =
    [];
  maxMs: number = Number.NEGATIVE_INFINITY;

  get count(): number {
    return this.#floats + this.#histograms.length;
  }

  /** Roughly the memory held. */
  get byteCount(): number {
    return this.#floats * 20 + this.#histograms.length * 400;
  }

  append(seriesId: number, timeMs: number, value: number, stale: boolean): void {
    if (this.#floats === this.#ids.length) this.#grow();
    const at = this.#floats++;
    this.#ids[at] = seriesId;
    this.#times[at] = timeMs;
    this.#values[at] = value;
    if (stale) {
      this.#halves[2 * at] = staleLow;
      this.#halves[2 * at + 1] = staleHigh;
    }
    if (timeMs > this.maxMs) this.maxMs = timeMs;
  }

  appendHistogram(seriesId: number, timeMs: number, histogram: FloatHistogram): void {
    this.#histograms.push({ seriesId, timeMs, histogram });
    if (timeMs > this.maxMs) this.maxMs = timeMs;
  }

  /** Runs of samples of one time: a scrape or an export gives many series the same one. */
  bytes(): Uint8Array {
    const out = new ByteWriter(this.#floats * 12 + 1024);
    out.byte(logVersion);
    out.varint(this.#floats);
    for (let from = 0; from < this.#floats; ) {
      let to = from + 1;
      while (to < this.#floats && this.#times[to] === this.#times[from]) to++;
      out.double(this.#times[from] as number);
      out.varint(to - from);
      for (let at = from; at < to; at++) {
        out.uint32(this.#ids[at] as number);
        out.uint32(this.#halves[2 * at] as number);
        out.uint32(this.#halves[2 * at + 1] as number);
      }
      from = to;
    }
    out.varint(this.#histograms.length);
    for (const { seriesId, timeMs, histogram } of this.#histograms) {
      out.uint32(seriesId);
      out.double(timeMs);
      writeHistogram(out, histogram);
    }
    return out.view();
  }

  #grow(): void {
    const capacity = this.#ids.length * 2;
    this.#ids = grown(this.#ids, new Uint32Array(capacity));
    this.#times = grown(this.#times, new Float64Array(capacity));
    this.#values = grown(this.#values, new Float64Array(capacity));
    this.#halves = new Uint32Array(this.#values.buffer);
  }
}

function grown<T extends Uint32Array | Float64Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}

export interface LogVisitor {
  sample(seriesId: number, timeMs: number, value: number, stale: boolean): void;
  histogram(seriesId: number, timeMs: number, histogram: FloatHistogram): void;
}

/**
 * Visits what `bytes()` packed.
 * @throws {Error} when the bytes are not a log of a known version, or end early
 */
export function readSampleLog(bytes: Uint8Array, visitor: LogVisitor): void {
  const reader = new ByteReader(bytes);
  const version = reader.byte();
  if (version !== logVersion) throw new Error(`cannot read sample log: unknown version ${version}`);
  for (let left = reader.varint(); left > 0; ) {
    const timeMs = reader.double();
    const run = reader.varint();
    for (let index = 0; index < run; index++) {
      const seriesId = reader.uint32();
      const at = reader.at;
      const value = reader.double();
      visitor.sample(seriesId, timeMs, value, Number.isNaN(value) && isStaleAt(bytes, at));
    }
    left -= run;
  }
  for (let left = reader.varint(); left > 0; left--) {
    const seriesId = reader.uint32();
    const timeMs = reader.double();
    visitor.histogram(seriesId, timeMs, readHistogram(reader));
  }
}

function isStaleAt(bytes: Uint8Array, at: number): boolean {
  const reader = new ByteReader(bytes, at);
  return reader.uint32() === staleLow && reader.uint32() === staleHigh;
}
