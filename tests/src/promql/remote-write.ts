import { type FloatHistogram, isStaleNaN, type SampleSeries } from "@venturi/promql";

/** Writes protobuf fields into a growing list of bytes. */
class ProtoWriter {
  readonly #chunks: Uint8Array[] = [];

  #varint(value: bigint): void {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, value);
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    bytes.push(Number(rest));
    this.#chunks.push(Uint8Array.from(bytes));
  }

  #tag(field: number, wireType: number): void {
    this.#varint(BigInt((field << 3) | wireType));
  }

  int(field: number, value: number): void {
    if (value === 0) return;
    this.#tag(field, 0);
    this.#varint(BigInt(value));
  }

  zigzag(field: number, value: number): void {
    this.int(field, value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** Takes one value of an array, so that the bits of staleness markers survive. */
  double(field: number, values: Float64Array, at: number): void {
    this.#tag(field, 1);
    this.#chunks.push(new Uint8Array(values.slice(at, at + 1).buffer));
  }

  doubles(field: number, values: Float64Array): void {
    if (values.length > 0) this.bytes(field, new Uint8Array(values.slice().buffer));
  }

  text(field: number, text: string): void {
    this.bytes(field, Buffer.from(text));
  }

  message(field: number, write: (message: ProtoWriter) => void): void {
    const inner = new ProtoWriter();
    write(inner);
    this.bytes(field, inner.finish());
  }

  bytes(field: number, bytes: Uint8Array): void {
    this.#tag(field, 2);
    this.#varint(BigInt(bytes.length));
    this.#chunks.push(bytes);
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }
}

/**
 * Remote write 1.0 requests for all samples from `fromMs` up to, not including, `toMs`. A receiver takes the floats of a
 * series before its histograms: where they take turns, every turn goes into a request of its own.
 */
export function writeRequests(series: readonly SampleSeries[], fromMs: number, toMs: number): Uint8Array[] {
  const turns = series.map((one) => turnsOf(one, fromMs, toMs));
  const count = turns.reduce((most, { length }) => Math.max(most, length), 0);
  return Array.from({ length: count }, (_, turn) => {
    const request = new ProtoWriter();
    for (const [i, one] of series.entries()) {
      const samples = turns[i]?.[turn];
      if (samples !== undefined) request.message(1, (message) => writeSeries(message, one, samples));
    }
    return request.finish();
  });
}

/** The samples in the interval, as runs of one kind. */
function turnsOf({ timestampsMs, histograms }: SampleSeries, fromMs: number, toMs: number): number[][] {
  const turns: number[][] = [];
  let wasHistogram: boolean | undefined;
  for (const [i, time] of timestampsMs.entries()) {
    if (time < fromMs || time >= toMs) continue;
    const isHistogram = histograms?.[i] !== undefined;
    if (isHistogram !== wasHistogram) turns.push([]);
    turns.at(-1)?.push(i);
    wasHistogram = isHistogram;
  }
  return turns;
}

function writeSeries(message: ProtoWriter, series: SampleSeries, samples: readonly number[]): void {
  const names = Object.keys(series.labels).sort();
  for (const name of names) {
    message.message(1, (label) => {
      label.text(1, name);
      label.text(2, series.labels[name] ?? "");
    });
  }
  for (const i of samples) {
    const histogram = series.histograms?.[i];
    const timeMs = series.timestampsMs[i] ?? 0;
    if (histogram !== undefined) {
      message.message(4, (field) => writeHistogram(field, histogram, timeMs));
      continue;
    }
    message.message(2, (sample) => {
      sample.double(1, series.values, i);
      sample.int(2, timeMs);
    });
  }
}

/** A `prometheus.Histogram` message, which is the same in both versions of remote write. */
export function histogramBytes(histogram: FloatHistogram, timeMs: number): Uint8Array {
  const message = new ProtoWriter();
  writeHistogram(message, histogram, timeMs);
  return message.finish();
}

const STALE = new Float64Array(BigUint64Array.of(0x7ff0000000000002n).buffer);

function writeHistogram(message: ProtoWriter, h: FloatHistogram, timeMs: number): void {
  const numbers = Float64Array.of(h.count, h.sum, h.zeroThreshold, h.zeroCount);
  message.double(2, numbers, 0);
  // The bits of a staleness marker may have changed on their way through a number.
  message.double(3, isStaleNaN(h.sum) ? STALE : numbers, isStaleNaN(h.sum) ? 0 : 1);
  message.zigzag(4, h.schema);
  message.double(5, numbers, 2);
  message.double(7, numbers, 3);
  writeSpans(message, 8, h.negativeSpans);
  message.doubles(10, h.negativeBuckets);
  writeSpans(message, 11, h.positiveSpans);
  message.doubles(13, h.positiveBuckets);
  message.int(14, h.counterResetHint);
  message.int(15, timeMs);
  if (h.customValues !== undefined) message.doubles(16, h.customValues);
}

function writeSpans(message: ProtoWriter, field: number, spans: FloatHistogram["positiveSpans"]): void {
  for (const { offset, length } of spans) {
    message.message(field, (span) => {
      span.zigzag(1, offset);
      span.int(2, length);
    });
  }
}

/** The bytes as a Snappy block of literals: not small, but valid. */
export function snappy(bytes: Uint8Array): Uint8Array {
  const head: number[] = [];
  let rest = bytes.length;
  for (; rest > 127; rest >>>= 7) head.push((rest & 127) | 128);
  head.push(rest);
  const chunks: Uint8Array[] = [Uint8Array.from(head)];
  for (let at = 0; at < bytes.length; at += 65_536) {
    const part = bytes.subarray(at, at + 65_536);
    const last = part.length - 1;
    chunks.push(Uint8Array.of(0xf4, last & 255, last >> 8), part);
  }
  return Buffer.concat(chunks);
}

/** Sends the series to a Prometheus, in the order of time, so that nothing is too old when it arrives. */
export async function remoteWrite(url: string, series: readonly SampleSeries[], sliceMs: number): Promise<void> {
  const times = series.flatMap(({ timestampsMs }) => [timestampsMs[0] ?? 0, timestampsMs.at(-1) ?? 0]);
  const end = Math.max(...times);
  for (let from = Math.min(...times); from <= end; from += sliceMs) {
    for (const request of writeRequests(series, from, from + sliceMs)) await send(url, request);
  }
}

async function send(url: string, request: Uint8Array): Promise<void> {
  const response = await fetch(`${url}/api/v1/write`, {
    method: "POST",
    body: snappy(request),
    headers: {
      "content-type": "application/x-protobuf",
      "content-encoding": "snappy",
      "x-prometheus-remote-write-version": "0.1.0",
    },
  });
  if (!response.ok) throw new Error(`cannot write to ${url}: ${response.status} ${await response.text()}`);
}
