import { isStaleNaN, staleNaN } from "@venturi/otlp";
import type { FloatHistogram } from "@venturi/promql";
import type { ByteReader, ByteWriter } from "./byte-numbers.js";

type Spans = FloatHistogram["positiveSpans"];

/** Bits of a histogram's first byte, above the two of the counter reset hint. */
const sameLayout = 4;
const wholeCounts = 8;
const isStale = 16;

/** Counts beyond it are kept as doubles. */
const maxWholeCount = 2 ** 50;

/**
 * Histograms one after the other. One that has the layout of the one before (schema, zero threshold, spans, bounds) leaves
 * it out, and whole counts are kept as differences to it: a bucket that did not change is one byte.
 */
export function writeHistograms(out: ByteWriter, histograms: readonly FloatHistogram[]): void {
  let previous: FloatHistogram | undefined;
  for (const histogram of histograms) {
    writeHistogram(out, histogram, previous);
    previous = histogram;
  }
}

/** @throws {Error} when the bytes end early */
export function readHistograms(reader: ByteReader, count: number): FloatHistogram[] {
  const histograms: FloatHistogram[] = [];
  for (let index = 0; index < count; index++) histograms.push(readHistogram(reader, histograms[index - 1]));
  return histograms;
}

export function writeHistogram(out: ByteWriter, histogram: FloatHistogram, previous?: FloatHistogram): void {
  const base = previous !== undefined && hasSameLayout(previous, histogram) ? previous : undefined;
  const whole = hasWholeCounts(histogram) && (base === undefined || hasWholeCounts(base));
  const stale = isStaleNaN(histogram.sum);
  out.byte(histogram.counterResetHint | (base ? sameLayout : 0) | (whole ? wholeCounts : 0) | (stale ? isStale : 0));
  if (base === undefined) writeLayout(out, histogram);
  if (!stale) out.double(histogram.sum);
  writeCounts(out, [histogram.zeroCount, histogram.count], base && [base.zeroCount, base.count], whole);
  writeCounts(out, histogram.positiveBuckets, base?.positiveBuckets, whole);
  writeCounts(out, histogram.negativeBuckets, base?.negativeBuckets, whole);
}

export function readHistogram(reader: ByteReader, previous?: FloatHistogram): FloatHistogram {
  const flags = reader.byte();
  if ((flags & sameLayout) !== 0 && previous === undefined) throw new Error("a histogram without the one before it");
  const base = (flags & sameLayout) !== 0 ? previous : undefined;
  const layout = base ?? readLayout(reader);
  const whole = (flags & wholeCounts) !== 0;
  const sum = (flags & isStale) !== 0 ? staleNaN : reader.double();
  const totals = readCounts(reader, 2, base && [base.zeroCount, base.count], whole);
  const { schema, zeroThreshold, positiveSpans, negativeSpans, customValues } = layout;
  return {
    schema,
    zeroThreshold,
    zeroCount: totals[0] as number,
    count: totals[1] as number,
    sum,
    positiveSpans,
    negativeSpans,
    positiveBuckets: readCounts(reader, bucketCount(positiveSpans), base?.positiveBuckets, whole),
    negativeBuckets: readCounts(reader, bucketCount(negativeSpans), base?.negativeBuckets, whole),
    ...(customValues === undefined ? {} : { customValues }),
    counterResetHint: (flags & 3) as 0 | 1 | 2 | 3,
  };
}

type Layout = Pick<FloatHistogram, "schema" | "zeroThreshold" | "positiveSpans" | "negativeSpans" | "customValues">;

function writeLayout(out: ByteWriter, histogram: FloatHistogram): void {
  out.zigzag(histogram.schema);
  out.double(histogram.zeroThreshold);
  writeSpans(out, histogram.positiveSpans);
  writeSpans(out, histogram.negativeSpans);
  const bounds = histogram.customValues;
  out.varint(bounds === undefined ? 0 : bounds.length + 1);
  for (const bound of bounds ?? []) out.double(bound);
}

function readLayout(reader: ByteReader): Layout {
  const schema = reader.zigzag();
  const zeroThreshold = reader.double();
  const positiveSpans = readSpans(reader);
  const negativeSpans = readSpans(reader);
  const bounds = reader.varint();
  if (bounds === 0) return { schema, zeroThreshold, positiveSpans, negativeSpans };
  const customValues = Float64Array.from({ length: bounds - 1 }, () => reader.double());
  return { schema, zeroThreshold, positiveSpans, negativeSpans, customValues };
}

function writeSpans(out: ByteWriter, spans: Spans): void {
  out.varint(spans.length);
  for (const { offset, length } of spans) {
    out.zigzag(offset);
    out.varint(length);
  }
}

function readSpans(reader: ByteReader): Spans {
  return Array.from({ length: reader.varint() }, () => ({ offset: reader.zigzag(), length: reader.varint() }));
}

function writeCounts(
  out: ByteWriter,
  counts: ArrayLike<number>,
  base: ArrayLike<number> | undefined,
  whole: boolean,
): void {
  for (let index = 0; index < counts.length; index++) {
    const count = counts[index] as number;
    if (whole) out.zigzag(count - (base?.[index] ?? 0));
    else out.double(count);
  }
}

function readCounts(
  reader: ByteReader,
  length: number,
  base: ArrayLike<number> | undefined,
  whole: boolean,
): Float64Array {
  const counts = new Float64Array(length);
  for (let index = 0; index < length; index++) {
    counts[index] = whole ? reader.zigzag() + (base?.[index] ?? 0) : reader.double();
  }
  return counts;
}

function hasWholeCounts(histogram: FloatHistogram): boolean {
  const { zeroCount, count, positiveBuckets, negativeBuckets } = histogram;
  return isWhole(zeroCount) && isWhole(count) && positiveBuckets.every(isWhole) && negativeBuckets.every(isWhole);
}

function isWhole(count: number): boolean {
  return Number.isInteger(count) && Math.abs(count) <= maxWholeCount && !Object.is(count, -0);
}

function hasSameLayout(a: FloatHistogram, b: FloatHistogram): boolean {
  if (a.schema !== b.schema || a.zeroThreshold !== b.zeroThreshold) return false;
  if (!sameSpans(a.positiveSpans, b.positiveSpans) || !sameSpans(a.negativeSpans, b.negativeSpans)) return false;
  const bounds = b.customValues;
  if (a.customValues === undefined || bounds === undefined) return a.customValues === bounds;
  return a.customValues.length === bounds.length && a.customValues.every((bound, index) => bound === bounds[index]);
}

function sameSpans(a: Spans, b: Spans): boolean {
  if (a.length !== b.length) return false;
  return a.every((span, index) => span.offset === b[index]?.offset && span.length === b[index]?.length);
}

/** Buckets that the spans make room for. */
function bucketCount(spans: Spans): number {
  return spans.reduce((sum, span) => sum + span.length, 0);
}
