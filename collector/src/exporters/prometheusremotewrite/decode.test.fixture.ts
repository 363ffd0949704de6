import { Cursor, FIXED64, LEN, VARINT } from "@venturi/otlp";
import snappy from "snappyjs";

export interface DecodedHistogram {
  readonly count: bigint;
  readonly sum: number;
  readonly schema: number;
  readonly positiveSpans: number[][];
  readonly positiveDeltas: bigint[];
  readonly timestampMs: number;
  readonly startMs: number;
}

export interface DecodedSeries {
  labels: Record<string, string>;
  samples: { value: number; timestampMs: number; startMs: number }[];
  histograms: DecodedHistogram[];
  exemplars: { labels: Record<string, string>; value: number; timestampMs: number }[];
  /** Only in version 2. */
  metadata?: { type: number; help: string; unit: string };
}

export interface DecodedRequest {
  series: DecodedSeries[];
  metadata: { type: number; name: string; help: string }[];
  symbols: string[];
}

/** Reads a compressed request of either version, by the field numbers of their .proto files. */
export function decodeRequest(body: Buffer): DecodedRequest {
  const request: DecodedRequest = { series: [], metadata: [], symbols: [] };
  const cursor = new Cursor(snappy.uncompress(body));
  while (cursor.next()) {
    const record = new Cursor(cursor.subarray());
    if (cursor.field === 1) request.series.push(decodeSeries(record));
    else if (cursor.field === 3) request.metadata.push(decodeMetadata(record));
    else if (cursor.field === 4) request.symbols.push(Buffer.from(record.bytes).toString());
    else if (cursor.field === 5) request.series.push(decodeSeriesV2(record, request.symbols));
  }
  return request;
}

function emptySeries(): DecodedSeries {
  return { labels: {}, samples: [], histograms: [], exemplars: [] };
}

function decodeSeries(record: Cursor): DecodedSeries {
  const series = emptySeries();
  while (record.next()) {
    const part = new Cursor(record.subarray());
    if (record.field === 1) addLabel(part, series.labels);
    else if (record.field === 2) series.samples.push(decodeSample(part));
    else if (record.field === 3) series.exemplars.push(decodeExemplar(part, (own) => own));
    else series.histograms.push(decodeHistogram(part));
  }
  return series;
}

function decodeSeriesV2(record: Cursor, symbols: readonly string[]): DecodedSeries {
  const series = emptySeries();
  while (record.next()) {
    const part = new Cursor(record.subarray());
    if (record.field === 1) series.labels = referenced(part, symbols);
    else if (record.field === 2) series.samples.push(decodeSample(part));
    else if (record.field === 3) series.histograms.push(decodeHistogram(part));
    else if (record.field === 4) series.exemplars.push(decodeExemplar(part, (own) => referenced(own, symbols)));
    else {
      const fields = numbers(part);
      const text = (field: number): string => symbols[Number(fields.get(field) ?? 0n)] ?? "";
      series.metadata = { type: Number(fields.get(1) ?? 0n), help: text(3), unit: text(4) };
    }
  }
  return series;
}

function referenced(packed: Cursor, symbols: readonly string[]): Record<string, string> {
  const labels: Record<string, string> = {};
  while (packed.offset < packed.end) {
    const name = symbols[packed.uint32()] ?? "";
    labels[name] = symbols[packed.uint32()] ?? "";
  }
  return labels;
}

function addLabel(record: Cursor, labels: Record<string, string>): void {
  let name = "";
  while (record.next()) {
    if (record.field === 1) name = record.string();
    else labels[name] = record.string();
  }
}

function decodeSample(record: Cursor): DecodedSeries["samples"][number] {
  const sample = { value: 0, timestampMs: 0, startMs: 0 };
  while (record.next()) {
    if (record.field === 1) sample.value = record.double();
    else if (record.field === 2) sample.timestampMs = Number(record.uint64());
    else sample.startMs = Number(record.uint64());
  }
  return sample;
}

function decodeExemplar(record: Cursor, v2: (packed: Cursor) => unknown): DecodedSeries["exemplars"][number] {
  const exemplar = { labels: {} as Record<string, string>, value: 0, timestampMs: 0 };
  while (record.next()) {
    if (record.field === 2) exemplar.value = record.double();
    else if (record.field === 3) exemplar.timestampMs = Number(record.uint64());
    else {
      const part = new Cursor(record.subarray());
      const labels = v2(part);
      if (labels === part) addLabel(part, exemplar.labels);
      else exemplar.labels = labels as Record<string, string>;
    }
  }
  return exemplar;
}

function decodeHistogram(record: Cursor): DecodedHistogram {
  const histogram = {
    count: 0n,
    sum: 0,
    schema: 0,
    positiveSpans: [] as number[][],
    positiveDeltas: [] as bigint[],
    timestampMs: 0,
    startMs: 0,
  };
  while (record.next()) {
    const { field, wireType } = record;
    if (field === 1) histogram.count = record.uint64();
    else if (field === 3) histogram.sum = record.double();
    else if (field === 4) histogram.schema = record.sint32();
    else if (field === 15) histogram.timestampMs = Number(record.uint64());
    else if (field === 17) histogram.startMs = Number(record.uint64());
    else if (field === 11) {
      const span = new Cursor(record.subarray());
      const pair = [0, 0];
      while (span.next()) pair[span.field - 1] = span.field === 1 ? span.sint32() : span.uint32();
      histogram.positiveSpans.push(pair);
    } else if (field === 12 && wireType === LEN) {
      const packed = new Cursor(record.subarray());
      while (packed.offset < packed.end) {
        const raw = packed.uint64();
        histogram.positiveDeltas.push((raw >> 1n) ^ -(raw & 1n));
      }
    } else record.skip();
  }
  return histogram;
}

function decodeMetadata(record: Cursor): DecodedRequest["metadata"][number] {
  const metadata = { type: 0, name: "", help: "" };
  while (record.next()) {
    if (record.field === 1 && record.wireType === VARINT) metadata.type = record.uint32();
    else if (record.field === 2) metadata.name = record.string();
    else if (record.field === 4) metadata.help = record.string();
    else record.skip();
  }
  return metadata;
}

function numbers(record: Cursor): Map<number, bigint> {
  const found = new Map<number, bigint>();
  while (record.next()) {
    if (record.wireType === FIXED64) record.skip();
    else found.set(record.field, record.uint64());
  }
  return found;
}
