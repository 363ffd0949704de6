import { Cursor, LEN, VARINT } from "@venturi/otlp";
import type { LabelPairs, Series } from "../metrics/series.js";
import { histogramProblem } from "./histogram-problem.js";
import { type HistogramSample, readHistogram } from "./read-histogram.js";

/** What a remote-write 1.0 request holds, told sample by sample. */
export interface WriteRequestVisitor {
  /** The series that an earlier request had with the same bytes for its labels: nothing of them is decoded then. */
  known(bytes: Uint8Array, start: number, end: number): Series | undefined;
  knownSample(series: Series, timestampMs: number, value: number, stale: boolean): void;
  /** Answers the series, so that `remember` can tell its bytes; undefined when the sample was refused. */
  sample(labels: LabelPairs, timestampMs: number, value: number, stale: boolean): Series | undefined;
  remember(bytes: Uint8Array, start: number, end: number, series: Series): void;
  exemplar(labels: LabelPairs, exemplar: { labels: LabelPairs; value: number; timestampMs: number }): void;
  /** A series whose labels Prometheus would refuse; its samples are not visited. */
  invalidSeries(sampleCount: number): void;
  knownHistogram(series: Series, sample: HistogramSample): void;
  histogram(labels: LabelPairs, sample: HistogramSample): Series | undefined;
  /** Histograms that contradict themselves. */
  invalidHistograms(count: number): void;
  metadata(name: string, type: string, help: string, unit: string): void;
}

/** prometheus.MetricMetadata.MetricType by number. */
export const metricTypes: readonly string[] = [
  "unknown",
  "counter",
  "gauge",
  "histogram",
  "gaugehistogram",
  "summary",
  "info",
  "stateset",
];

/**
 * Reads a `prometheus.WriteRequest`.
 * @throws {MalformedOtlpError} when the bytes are not protobuf
 */
export function readWriteRequest(bytes: Uint8Array, visitor: WriteRequestVisitor): void {
  const cursor = new Cursor(bytes);
  while (cursor.next()) {
    if (cursor.field === 1) {
      cursor.lengthDelimited();
      readSeries(bytes, cursor.valueStart, cursor.valueEnd, visitor);
    } else if (cursor.field === 3) readMetadata(cursor.subarray(), visitor);
    else cursor.skip();
  }
}

const series = new Cursor();

/** Senders write labels first: their run of bytes is the key of a series that is known already. */
function readSeries(bytes: Uint8Array, start: number, end: number, visitor: WriteRequestVisitor): void {
  series.reset(bytes, start, end);
  let labelsEnd = start;
  let isOneRun = true;
  for (let fieldStart = start; series.next(); fieldStart = series.offset) {
    series.skip();
    if (series.field !== 1) continue;
    isOneRun &&= fieldStart === labelsEnd;
    labelsEnd = series.offset;
  }
  const known = isOneRun ? visitor.known(bytes, start, labelsEnd) : undefined;
  if (known === undefined) {
    readUnknownSeries(bytes, start, end, isOneRun ? labelsEnd : -1, visitor);
    return;
  }
  series.reset(bytes, labelsEnd, end);
  while (series.next()) {
    series.skip();
    if (series.field === 2 && series.wireType === LEN) {
      readSample(bytes, series.valueStart, series.valueEnd);
      visitor.knownSample(known, sample.timestampMs, sample.value, sample.stale);
    } else if (series.field === 3)
      visitor.exemplar(pairsOf(known), readExemplar(bytes.subarray(series.valueStart, series.valueEnd)));
    else if (series.field === 4) {
      const read = readHistogram(bytes.subarray(series.valueStart, series.valueEnd));
      if (isStorable(read)) visitor.knownHistogram(known, read);
      else visitor.invalidHistograms(1);
    }
  }
}

/** @param labelsEnd where the labels end when they come first, and may be remembered by their bytes */
function readUnknownSeries(
  bytes: Uint8Array,
  start: number,
  end: number,
  labelsEnd: number,
  visitor: WriteRequestVisitor,
): void {
  const cursor = new Cursor(bytes, start, end);
  const labels: [string, string][] = [];
  const samples: [number, number][] = [];
  const exemplars: Uint8Array[] = [];
  const histograms: Uint8Array[] = [];
  while (cursor.next()) {
    if (cursor.field === 1) labels.push(readLabel(cursor.subarray()));
    else if (cursor.field === 2) {
      cursor.lengthDelimited();
      samples.push([cursor.valueStart, cursor.valueEnd]);
    } else if (cursor.field === 3) exemplars.push(cursor.subarray());
    else if (cursor.field === 4) histograms.push(cursor.subarray());
    else cursor.skip();
  }
  const sorted = sortedLabels(labels);
  if (sorted === undefined) {
    visitor.invalidSeries(samples.length + histograms.length);
    return;
  }
  let stored: Series | undefined;
  for (const [from, to] of samples) {
    readSample(bytes, from, to);
    stored = visitor.sample(sorted, sample.timestampMs, sample.value, sample.stale) ?? stored;
  }
  for (const histogram of histograms) {
    const read = readHistogram(histogram);
    if (isStorable(read)) stored = visitor.histogram(sorted, read) ?? stored;
    else visitor.invalidHistograms(1);
  }
  if (stored !== undefined && labelsEnd >= 0) visitor.remember(bytes, start, labelsEnd, stored);
  for (const exemplar of exemplars) visitor.exemplar(sorted, readExemplar(exemplar));
}

function isStorable({ histogram, isInteger }: HistogramSample): boolean {
  return histogramProblem(histogram, isInteger) === undefined;
}

function pairsOf(known: Series): LabelPairs {
  return Object.entries(known.labels).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Sorted by name without empty values; undefined when a name is missing or twice, or there is no metric name. */
export function sortedLabels(labels: readonly [string, string][]): LabelPairs | undefined {
  const sorted = labels.filter(([, value]) => value !== "").sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  let hasName = false;
  for (let index = 0; index < sorted.length; index++) {
    const name = sorted[index]?.[0];
    if (name === "" || (index > 0 && name === sorted[index - 1]?.[0])) return undefined;
    if (name === "__name__") hasName = true;
  }
  return hasName ? sorted : undefined;
}

function readLabel(bytes: Uint8Array): [string, string] {
  const cursor = new Cursor(bytes);
  let name = "";
  let value = "";
  while (cursor.next()) {
    if (cursor.field === 1) name = cursor.string();
    else if (cursor.field === 2) value = cursor.string();
    else cursor.skip();
  }
  return [name, value];
}

/** The last sample that `readSample` read: one object for all, since a request has thousands. */
export const sample: { timestampMs: number; value: number; stale: boolean } = {
  timestampMs: 0,
  value: 0,
  stale: false,
};
const sampleCursor = new Cursor();

/** Reads a sample message of either version into `sample`. */
export function readSample(bytes: Uint8Array, start: number, end: number): void {
  const cursor = sampleCursor;
  cursor.reset(bytes, start, end);
  sample.value = sample.timestampMs = 0;
  sample.stale = false;
  while (cursor.next()) {
    if (cursor.field === 1) {
      // The stale marker is told apart by its bits, before the value becomes a JavaScript number.
      const at = cursor.offset;
      sample.value = cursor.double();
      sample.stale = Number.isNaN(sample.value) && isStale(bytes, at);
    } else if (cursor.field === 2 && cursor.wireType === VARINT) {
      const at = cursor.offset;
      cursor.skip();
      sample.timestampMs = int64At(bytes, at, cursor.offset);
    } else cursor.skip();
  }
}

/** A varint as a number; a negative time (ten bytes) goes the slow way over 64 bits. */
function int64At(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 7) {
    const cursor = new Cursor(bytes, start, end);
    return Number(BigInt.asIntN(64, cursor.uint64()));
  }
  let value = 0;
  let factor = 1;
  for (let at = start; at < end; at++) {
    value += ((bytes[at] as number) & 127) * factor;
    factor *= 128;
  }
  return value;
}

function isStale(bytes: Uint8Array, at: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8);
  return view.getUint32(0, true) === 2 && view.getUint32(4, true) === 0x7ff00000;
}

function readExemplar(bytes: Uint8Array): { labels: LabelPairs; value: number; timestampMs: number } {
  const cursor = new Cursor(bytes);
  const labels: [string, string][] = [];
  let value = 0;
  let timestampMs = 0;
  while (cursor.next()) {
    if (cursor.field === 1) labels.push(readLabel(cursor.subarray()));
    else if (cursor.field === 2) value = cursor.double();
    else if (cursor.field === 3) timestampMs = Number(BigInt.asIntN(64, cursor.uint64()));
    else cursor.skip();
  }
  return { labels, value, timestampMs };
}

function readMetadata(bytes: Uint8Array, visitor: WriteRequestVisitor): void {
  const cursor = new Cursor(bytes);
  let type = 0;
  let name = "";
  let help = "";
  let unit = "";
  while (cursor.next()) {
    if (cursor.field === 1) type = cursor.uint32();
    else if (cursor.field === 2) name = cursor.string();
    else if (cursor.field === 4) help = cursor.string();
    else if (cursor.field === 5) unit = cursor.string();
    else cursor.skip();
  }
  if (name !== "") visitor.metadata(name, metricTypes[type] ?? "unknown", help, unit);
}
