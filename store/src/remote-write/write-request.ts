import { Cursor } from "@venturi/otlp";
import type { LabelPairs } from "../metrics/series.js";

/** What a remote-write 1.0 request holds, told sample by sample. */
export interface WriteRequestVisitor {
  sample(labels: LabelPairs, timestampMs: number, value: number, stale: boolean): void;
  exemplar(labels: LabelPairs, exemplar: { labels: LabelPairs; value: number; timestampMs: number }): void;
  /** A series whose labels Prometheus would refuse; its samples are not visited. */
  invalidSeries(sampleCount: number): void;
  nativeHistograms(count: number): void;
  metadata(name: string, type: string, help: string, unit: string): void;
}

/** prometheus.MetricMetadata.MetricType by number. */
const metricTypes = ["unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"];

/**
 * Reads a `prometheus.WriteRequest`.
 * @throws {MalformedOtlpError} when the bytes are not protobuf
 */
export function readWriteRequest(bytes: Uint8Array, visitor: WriteRequestVisitor): void {
  const cursor = new Cursor(bytes);
  while (cursor.next()) {
    if (cursor.field === 1) readSeries(cursor.subarray(), visitor);
    else if (cursor.field === 3) readMetadata(cursor.subarray(), visitor);
    else cursor.skip();
  }
}

function readSeries(bytes: Uint8Array, visitor: WriteRequestVisitor): void {
  const cursor = new Cursor(bytes);
  const labels: [string, string][] = [];
  const samples: Uint8Array[] = [];
  const exemplars: Uint8Array[] = [];
  let histograms = 0;
  while (cursor.next()) {
    if (cursor.field === 1) labels.push(readLabel(cursor.subarray()));
    else if (cursor.field === 2) samples.push(cursor.subarray());
    else if (cursor.field === 3) exemplars.push(cursor.subarray());
    else {
      if (cursor.field === 4) histograms++;
      cursor.skip();
    }
  }
  if (histograms > 0) visitor.nativeHistograms(histograms);
  const sorted = sortedLabels(labels);
  if (sorted === undefined) {
    visitor.invalidSeries(samples.length);
    return;
  }
  for (const sample of samples) readSample(sample, sorted, visitor);
  for (const exemplar of exemplars) visitor.exemplar(sorted, readExemplar(exemplar));
}

/** Sorted by name without empty values; undefined when a name is missing or twice, or there is no metric name. */
function sortedLabels(labels: readonly [string, string][]): LabelPairs | undefined {
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

function readSample(bytes: Uint8Array, labels: LabelPairs, visitor: WriteRequestVisitor): void {
  const cursor = new Cursor(bytes);
  let value = 0;
  let stale = false;
  let timestampMs = 0;
  while (cursor.next()) {
    if (cursor.field === 1) {
      // The stale marker is told apart by its bits, before the value becomes a JavaScript number.
      const at = cursor.offset;
      value = cursor.double();
      stale = Number.isNaN(value) && isStale(bytes, at);
    } else if (cursor.field === 2) timestampMs = Number(BigInt.asIntN(64, cursor.uint64()));
    else cursor.skip();
  }
  visitor.sample(labels, timestampMs, value, stale);
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
