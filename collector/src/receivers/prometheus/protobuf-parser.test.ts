import { Writer } from "@venturi/otlp";
import { describe, expect, test } from "vitest";
import { ExpositionError } from "./exposition.js";
import { type ProtobufOptions, parseProtobuf } from "./protobuf-parser.js";

const NATIVE: ProtobufOptions = { native: true, alwaysClassic: false };

/** A delimited MetricFamily with one metric, of which `write` writes the inside. */
function family(name: string, type: number, write: (metric: Writer) => void): Uint8Array {
  const message = new Writer();
  message.stringField(1, name);
  message.stringField(2, "Help.");
  message.uint32Field(3, type);
  const metric = message.open(4);
  const label = message.open(1);
  message.stringField(1, "a");
  message.stringField(2, "b");
  message.close(label);
  write(message);
  message.close(metric);
  message.stringField(5, "seconds");
  const bytes = message.finish();
  const length = new Writer();
  length.varint(bytes.length);
  return Buffer.concat([length.finish(), bytes]);
}

function timestamp(writer: Writer, field: number): void {
  const start = writer.open(field);
  writer.int64Field(1, 1_700_000_000n);
  writer.int64Field(2, 250_000_000n);
  writer.close(start);
}

function exemplar(writer: Writer, field: number): void {
  const start = writer.open(field);
  const label = writer.open(1);
  writer.stringField(1, "trace_id");
  writer.stringField(2, "abc");
  writer.close(label);
  writer.doubleField(2, 0.5);
  timestamp(writer, 3);
  writer.close(start);
}

const EXEMPLAR = { labels: [["trace_id", "abc"]], value: 0.5, timestampMs: 1_700_000_000_250 };

test("numbers of each kind, with times, exemplars and since when they count", () => {
  const page = Buffer.concat([
    family("c_total", 0, (metric) => {
      const counter = metric.open(3);
      metric.doubleField(1, 7);
      exemplar(metric, 2);
      timestamp(metric, 3);
      metric.close(counter);
      metric.int64Field(6, 1_700_000_000_001n);
    }),
    family("g", 1, (metric) => {
      const gauge = metric.open(2);
      metric.doubleField(1, -1.5);
      metric.close(gauge);
    }),
    family("u", 3, (metric) => {
      const untyped = metric.open(5);
      metric.doubleField(1, 2);
      metric.close(untyped);
    }),
  ]);
  const { samples, metadata } = parseProtobuf(page, NATIVE);
  expect(samples).toMatchObject([
    {
      name: "c_total",
      labels: [["a", "b"]],
      value: 7,
      timestampMs: 1_700_000_000_001,
      createdMs: 1_700_000_000_250,
      exemplars: [EXEMPLAR],
    },
    { name: "g", value: -1.5 },
    { name: "u", value: 2 },
  ]);
  expect([...metadata.values()].map(({ type }) => type)).toEqual(["counter", "gauge", "unknown"]);
  expect(metadata.get("g")).toEqual({ type: "gauge", help: "Help.", unit: "seconds" });
});

test("summaries become their text samples", () => {
  const page = family("s", 2, (metric) => {
    const summary = metric.open(4);
    metric.int64Field(1, 9n);
    metric.doubleField(2, 4.5);
    const quantile = metric.open(3);
    metric.doubleField(1, 0.99);
    metric.doubleField(2, 3);
    metric.close(quantile);
    metric.close(summary);
  });
  const { samples } = parseProtobuf(page, NATIVE);
  expect(samples.map(({ name, labels, value }) => [name, labels.at(-1)?.[1], value])).toEqual([
    ["s", "0.99", 3],
    ["s_sum", "b", 4.5],
    ["s_count", "b", 9],
  ]);
});

describe("histograms", () => {
  /** One that is both native and classic. */
  const page = family("h", 4, (metric) => {
    const histogram = metric.open(7);
    metric.int64Field(1, 6n);
    metric.doubleField(2, 8.5);
    const bucket = metric.open(3);
    metric.int64Field(1, 4n);
    metric.doubleField(2, 1);
    exemplar(metric, 3);
    metric.close(bucket);
    metric.sint32Field(5, 2);
    metric.doubleField(6, 0.001);
    metric.int64Field(7, 1n);
    const span = metric.open(12);
    metric.sint32Field(1, -3);
    metric.uint32Field(2, 2);
    metric.close(span);
    for (const delta of [2n, 1n]) metric.int64Field(13, delta << 1n);
    metric.close(histogram);
  });
  const native = {
    schema: 2,
    zeroThreshold: 0.001,
    zeroCount: 1,
    count: 6,
    sum: 8.5,
    positiveSpans: [{ offset: -3, length: 2 }],
    negativeSpans: [],
    positiveBuckets: Float64Array.of(2, 3),
    negativeBuckets: new Float64Array(0),
    counterResetHint: 0,
  };

  test("native: one sample, with the exemplars of the buckets", () => {
    const { samples } = parseProtobuf(page, NATIVE);
    expect(samples).toMatchObject([{ name: "h", histogram: native, exemplars: [EXEMPLAR] }]);
  });

  const classic = [
    ["h_bucket", "1", 4],
    ["h_bucket", "+Inf", 6],
    ["h_sum", "b", 8.5],
    ["h_count", "b", 6],
  ];
  test("classic where native ones are not wanted", () => {
    const { samples } = parseProtobuf(page, { native: false, alwaysClassic: false });
    expect(samples.map(({ name, labels, value }) => [name, labels.at(-1)?.[1], value])).toEqual(classic);
  });

  test("both where both are wanted", () => {
    const { samples } = parseProtobuf(page, { native: true, alwaysClassic: true });
    expect(samples.map(({ name }) => name)).toEqual(["h", "h_bucket", "h_bucket", "h_sum", "h_count"]);
  });

  test("spans without their counts are refused", () => {
    const broken = family("h", 4, (metric) => {
      const histogram = metric.open(7);
      const span = metric.open(12);
      metric.uint32Field(2, 4_000_000_000);
      metric.close(span);
      metric.close(histogram);
    });
    expect(() => parseProtobuf(broken, NATIVE)).toThrow(ExpositionError);
  });
});

test("cut off and random bytes are refused, never worse", () => {
  const page = family("c", 0, (metric) => {
    const counter = metric.open(3);
    metric.doubleField(1, 7);
    metric.close(counter);
  });
  for (let length = 1; length < page.length; length++) {
    expect(() => parseProtobuf(page.subarray(0, length), NATIVE)).toThrow(ExpositionError);
  }
  let seed = 1;
  for (let round = 0; round < 2000; round++) {
    const bytes = Buffer.from(page);
    for (let change = 0; change < 3; change++) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      bytes[seed % bytes.length] = seed >>> 24;
    }
    try {
      parseProtobuf(bytes, NATIVE);
    } catch (error) {
      expect(error).toBeInstanceOf(ExpositionError);
    }
  }
});
