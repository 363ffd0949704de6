import { Writer } from "@venturi/otlp";
import { seededRandom } from "./random.js";

const seriesPerRequest = 2000;

/**
 * Series as a fleet of services exports them: of ten, five are histogram buckets, two are counters, two are gauges (one
 * with decimals) and one hardly ever changes. Scrapes are `intervalMs` apart with a few milliseconds of jitter per target.
 */
export class SampleGenerator {
  readonly #random: () => number;
  readonly #labels: Uint8Array[] = [];
  readonly #values: Float64Array;
  readonly #jitterMs = new Float64Array(targets);
  readonly #writer = new Writer(1 << 20);

  constructor(seriesCount: number, seed: number) {
    this.#random = seededRandom(seed);
    this.#values = new Float64Array(seriesCount);
    for (let index = 0; index < seriesCount; index++) this.#labels.push(labelBytes(index));
  }

  /** One sample of every series at `timeMs`, as compressed bodies of remote-write 1.0 requests. */
  round(timeMs: number): Uint8Array[] {
    for (let target = 0; target < targets; target++) this.#jitterMs[target] = Math.floor(this.#random() * 5);
    const bodies: Uint8Array[] = [];
    for (let from = 0; from < this.#labels.length; from += seriesPerRequest) {
      this.#writer.reset();
      for (let index = from; index < Math.min(from + seriesPerRequest, this.#labels.length); index++)
        this.#series(index, timeMs);
      bodies.push(snappyLiterals(this.#writer.finish()));
    }
    return bodies;
  }

  #series(index: number, timeMs: number): void {
    const writer = this.#writer;
    const value = this.#nextValue(index);
    const series = writer.open(1);
    writer.raw(this.#labels[index] as Uint8Array);
    const sample = writer.open(2);
    writer.doubleField(1, value);
    writer.int64Field(2, BigInt(timeMs + (this.#jitterMs[Math.floor(index / 10) % targets] as number)));
    writer.close(sample);
    writer.close(series);
  }

  #nextValue(index: number): number {
    const kind = index % 10;
    const before = this.#values[index] as number;
    let value = before;
    if (kind < 5) value = before + (this.#random() < 0.4 ? Math.floor(this.#random() * 12) : 0);
    else if (kind === 5) value = before + Math.floor(this.#random() * 200);
    else if (kind === 6) value = Math.round((before + this.#random() * 0.6) * 100) / 100;
    else if (kind === 7) value = Math.round(5e8 + this.#random() * 1e6) * 4096;
    else if (kind === 8) value = this.#random();
    else if (this.#random() < 0.001) value = before + 1;
    this.#values[index] = value;
    return value;
  }
}

const targets = 50;

const families: readonly (readonly [name: string, extra: readonly (readonly [string, string])[]])[] = [
  ...["0.01", "0.05", "0.25", "1", "+Inf"].map(
    (le) => ["http_server_request_duration_seconds_bucket", [["le", le]]] as const,
  ),
  ["http_server_request_duration_seconds_count", []],
  ["process_cpu_seconds_total", [["mode", "user"]]],
  ["process_resident_memory_bytes", []],
  ["nodejs_eventloop_utilization_ratio", []],
  ["service_restarts_total", []],
];

/** The label fields of a series, sorted by name: ten series of one target, route and instance belong together. */
function labelBytes(index: number): Uint8Array {
  const [name, extra] = families[index % 10] as (typeof families)[number];
  const group = Math.floor(index / 10);
  const labels: (readonly [string, string])[] = [
    ["__name__", name],
    ["http_request_method", group % 3 === 0 ? "POST" : "GET"],
    ["http_route", `/api/v1/resource${group % 20}`],
    ["instance", `10.0.${Math.floor(group / 250)}.${group % 250}:9464`],
    ["job", `shop/service-${group % 8}`],
    ...extra,
  ];
  const writer = new Writer();
  for (const [key, value] of labels.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const label = writer.open(1);
    writer.stringField(1, key);
    writer.stringField(2, value);
    writer.close(label);
  }
  return writer.finish();
}

/**
 * A valid snappy block of literals only: the same bytes for every server, without a compressor's time in the measurement.
 * Format: the length as a varint, then per literal a tag byte (length minus one; 61: two length bytes follow).
 */
function snappyLiterals(bytes: Uint8Array): Uint8Array {
  const out = new Writer(bytes.length + 1024);
  out.varint(bytes.length);
  for (let from = 0; from < bytes.length; from += 65_536) {
    const piece = bytes.subarray(from, from + 65_536);
    out.raw(Uint8Array.of(61 << 2, (piece.length - 1) & 0xff, (piece.length - 1) >> 8));
    out.raw(piece);
  }
  return out.finish();
}

/** What a remote-write 1.0 request says about itself. */
export const remoteWriteHeaders: Readonly<Record<string, string>> = {
  "content-type": "application/x-protobuf",
  "content-encoding": "snappy",
  "x-prometheus-remote-write-version": "0.1.0",
};
