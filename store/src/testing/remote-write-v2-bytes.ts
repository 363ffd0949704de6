import { Writer } from "@venturi/otlp";
import type { TestSeries } from "./remote-write-bytes.js";

export interface TestSeriesV2 extends TestSeries {
  readonly metadata?: { readonly type: number; readonly help: string; readonly unit?: string };
}

/** Every text once; the first is empty, as the protocol wants it. */
class Symbols {
  readonly #places = new Map<string, number>([["", 0]]);

  place(text: string): number {
    const known = this.#places.get(text) ?? this.#places.size;
    this.#places.set(text, known);
    return known;
  }

  get texts(): Iterable<string> {
    return this.#places.keys();
  }
}

/** A remote-write 2.0 request (`io.prometheus.write.v2.Request`), not yet compressed. */
export function writeRequestV2Bytes(series: readonly TestSeriesV2[]): Uint8Array {
  const symbols = new Symbols();
  const encoded = series.map((one) => seriesBytes(one, symbols));
  const request = new Writer();
  for (const text of symbols.texts) request.bytesField(4, Buffer.from(text));
  for (const one of encoded) request.bytesField(5, one);
  return request.finish();
}

function seriesBytes({ labels, samples, histograms, exemplars, metadata }: TestSeriesV2, symbols: Symbols): Uint8Array {
  const message = new Writer();
  message.bytesField(1, labelRefs(labels, symbols));
  for (const [timestampMs, value] of samples) {
    const sample = new Writer();
    sample.doubleField(1, value);
    sample.int64Field(2, BigInt(timestampMs));
    message.bytesField(2, sample.finish());
  }
  for (const histogram of histograms ?? []) message.bytesField(3, histogram);
  for (const exemplar of exemplars ?? []) {
    const inner = new Writer();
    inner.bytesField(1, labelRefs(exemplar.labels, symbols));
    inner.doubleField(2, exemplar.value);
    inner.int64Field(3, BigInt(exemplar.timestampMs));
    message.bytesField(4, inner.finish());
  }
  if (metadata !== undefined) {
    const inner = new Writer();
    inner.uint32Field(1, metadata.type);
    inner.uint32Field(3, symbols.place(metadata.help));
    inner.uint32Field(4, symbols.place(metadata.unit ?? ""));
    message.bytesField(5, inner.finish());
  }
  return message.finish();
}

/** Packed varints: name and value in turn. */
function labelRefs(labels: Readonly<Record<string, string>>, symbols: Symbols): Uint8Array {
  const bytes: number[] = [];
  for (const text of Object.entries(labels).flat()) {
    let rest = symbols.place(text);
    for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
    bytes.push(rest);
  }
  return Uint8Array.from(bytes);
}
