import { Cursor, LEN } from "@venturi/otlp";
import type { LabelPairs } from "../metrics/series.js";
import { histogramProblem } from "./histogram-problem.js";
import { type HistogramSample, readHistogram } from "./read-histogram.js";
import { metricTypes, readSample, sample, sortedLabels } from "./write-request.js";

/** What a remote-write 2.0 request holds, told series by series. */
export interface WriteRequestV2Visitor {
  /** Begins a series; false leaves out what it has. */
  series(labels: LabelPairs): boolean;
  sample(timestampMs: number, value: number, stale: boolean): void;
  histogram(histogram: HistogramSample): void;
  /** A histogram that contradicts itself. */
  invalidHistogram(problem: string): void;
  exemplar(labels: LabelPairs, value: number, timestampMs: number): void;
  metadata(type: string, help: string, unit: string): void;
  /** A series that cannot be stored, and how many samples it had. */
  invalidSeries(problem: string, sampleCount: number): void;
}

/**
 * Reads an `io.prometheus.write.v2.Request`: all texts are in one list and referred to by their place in it.
 * @throws {MalformedOtlpError} when the bytes are not protobuf
 */
export function readWriteRequestV2(bytes: Uint8Array, visitor: WriteRequestV2Visitor): void {
  const symbols: string[] = [];
  const cursor = new Cursor(bytes);
  while (cursor.next()) {
    if (cursor.field === 4) symbols.push(cursor.string());
    else cursor.skip();
  }
  cursor.reset(bytes, 0, bytes.length);
  while (cursor.next()) {
    if (cursor.field !== 5 || cursor.wireType !== LEN) {
      cursor.skip();
      continue;
    }
    readSeries(cursor.subarray(), symbols, visitor);
  }
}

/** The parts of a series before anything is known of its labels. */
class SeriesParts {
  readonly labelRefs: number[] = [];
  readonly samples: Uint8Array[] = [];
  readonly histograms: Uint8Array[] = [];
  readonly exemplars: Uint8Array[] = [];
  metadata: Uint8Array | undefined;

  constructor(bytes: Uint8Array) {
    const cursor = new Cursor(bytes);
    while (cursor.next()) {
      if (cursor.field === 1) readRefs(cursor, this.labelRefs);
      else if (cursor.field === 2) this.samples.push(cursor.subarray());
      else if (cursor.field === 3) this.histograms.push(cursor.subarray());
      else if (cursor.field === 4) this.exemplars.push(cursor.subarray());
      else if (cursor.field === 5) this.metadata = cursor.subarray();
      else cursor.skip();
    }
  }
}

function readSeries(bytes: Uint8Array, symbols: readonly string[], visitor: WriteRequestV2Visitor): void {
  const parts = new SeriesParts(bytes);
  const count = parts.samples.length + parts.histograms.length;
  const refs = parts.labelRefs;
  const pairs = labelsOf(refs, symbols);
  if (typeof pairs === "string") {
    visitor.invalidSeries(`parsing labels for series [${refs.join(" ")}]: ${pairs}`, count);
    return;
  }
  const labels = sortedLabels(pairs);
  if (labels === undefined) {
    const shown = labelsText([...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
    visitor.invalidSeries(`invalid metric name or labels, got ${shown}`, count);
    return;
  }
  if (count === 0) {
    visitor.invalidSeries(
      `TimeSeries must contain at least one sample or histogram for series ${labelsText(labels)}`,
      0,
    );
    return;
  }
  if (!visitor.series(labels)) return;
  for (const one of parts.samples) {
    readSample(one, 0, one.length);
    visitor.sample(sample.timestampMs, sample.value, sample.stale);
  }
  for (const one of parts.histograms) {
    const read = readHistogram(one);
    const problem = histogramProblem(read.histogram, read.isInteger);
    if (problem === undefined) visitor.histogram(read);
    else visitor.invalidHistogram(problem);
  }
  for (const one of parts.exemplars) readExemplar(one, symbols, visitor);
  if (parts.metadata !== undefined) readMetadata(parts.metadata, symbols, visitor);
}

/** Packed or one by one. */
function readRefs(cursor: Cursor, refs: number[]): void {
  if (cursor.wireType !== LEN) {
    refs.push(cursor.uint32());
    return;
  }
  cursor.lengthDelimited();
  const packed = new Cursor(cursor.bytes, cursor.valueStart, cursor.valueEnd);
  while (packed.offset < cursor.valueEnd) refs.push(packed.uint32());
}

/** Name and value in turn; a text when the references are not of this kind. */
function labelsOf(refs: readonly number[], symbols: readonly string[]): [string, string][] | string {
  if (refs.length % 2 !== 0) return `invalid labelRefs length ${refs.length}`;
  const pairs: [string, string][] = [];
  for (let at = 0; at < refs.length; at += 2) {
    const [nameRef, valueRef] = [refs[at] as number, refs[at + 1] as number];
    const [name, value] = [symbols[nameRef], symbols[valueRef]];
    if (name === undefined || value === undefined) {
      return `labelRefs ${nameRef} (name) = ${valueRef} (value) outside of symbols table (size ${symbols.length})`;
    }
    pairs.push([name, value]);
  }
  return pairs;
}

function readExemplar(bytes: Uint8Array, symbols: readonly string[], visitor: WriteRequestV2Visitor): void {
  const cursor = new Cursor(bytes);
  const refs: number[] = [];
  let value = 0;
  let timestampMs = 0;
  while (cursor.next()) {
    if (cursor.field === 1) readRefs(cursor, refs);
    else if (cursor.field === 2) value = cursor.double();
    else if (cursor.field === 3) timestampMs = Number(BigInt.asIntN(64, cursor.uint64()));
    else cursor.skip();
  }
  const labels = labelsOf(refs, symbols);
  if (typeof labels !== "string") visitor.exemplar(labels, value, timestampMs);
}

function readMetadata(bytes: Uint8Array, symbols: readonly string[], visitor: WriteRequestV2Visitor): void {
  const cursor = new Cursor(bytes);
  let type = 0;
  let help = 0;
  let unit = 0;
  while (cursor.next()) {
    if (cursor.field === 1) type = cursor.uint32();
    else if (cursor.field === 3) help = cursor.uint32();
    else if (cursor.field === 4) unit = cursor.uint32();
    else cursor.skip();
  }
  if (type === 0 && help === 0 && unit === 0) return;
  visitor.metadata(metricTypes[type] ?? "unknown", symbols[help] ?? "", symbols[unit] ?? "");
}

/** Labels as Prometheus writes them: `{__name__="up", job="api"}`. */
export function labelsText(labels: LabelPairs): string {
  const parts = labels.map(([name, value]) => {
    const shown = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
    return `${shown}=${JSON.stringify(value)}`;
  });
  return `{${parts.join(", ")}}`;
}
