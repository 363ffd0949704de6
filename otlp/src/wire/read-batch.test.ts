import { AggregationTemporality } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { batchToBytes, concatBatches } from "../model/batch.js";
import { MalformedOtlpError } from "../model/errors.js";
import { officialLogs, officialMetrics, officialTraces } from "../testing/official.test.fixture.js";
import { readBatch } from "./read-batch.js";
import { Writer } from "./writer.js";

/** One span in one scope in one resource; `write` fills the span. */
function traceRequest(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer();
  const resource = writer.open(1);
  const scope = writer.open(2);
  const span = writer.open(2);
  write(writer);
  writer.close(span);
  writer.close(scope);
  writer.close(resource);
  return writer.finish();
}

function problemOf(bytes: Uint8Array): string {
  try {
    readBatch("traces", bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedOtlpError);
    return (error as Error).message;
  }
  return "";
}

it("a Buffer's slices are plain arrays, whose slice() copies", () => {
  const request = Buffer.from([0x0a, 0x00]);
  const [slice] = readBatch("traces", request).slices;
  expect(Buffer.isBuffer(slice)).toBe(false);
  expect(slice?.slice().buffer).not.toBe(request.buffer);
  expect(slice?.buffer).toBe(request.buffer);
});

describe("readBatch of official requests", () => {
  it("counts spans and keeps the bytes", () => {
    const { protobuf } = officialTraces(7);
    const batch = readBatch("traces", protobuf);
    expect(batch.itemCount).toBe(7);
    expect(batch.byteLength).toBe(protobuf.length);
    expect(batchToBytes(batch)).toBe(protobuf);
  });

  it("counts data points of every kind", async () => {
    const { protobuf } = await officialMetrics(AggregationTemporality.CUMULATIVE);
    expect(readBatch("metrics", protobuf).itemCount).toBe(10);
  });

  it("counts log records", () => {
    expect(readBatch("logs", officialLogs().protobuf).itemCount).toBe(2);
  });

  it("takes an empty request", () => {
    expect(readBatch("traces", new Uint8Array(0))).toEqual({
      signal: "traces",
      slices: [],
      itemCount: 0,
      byteLength: 0,
    });
  });
});

describe("concatBatches", () => {
  it("joins requests into one without copying", () => {
    const { protobuf } = officialTraces(3);
    const one = readBatch("traces", protobuf);
    const two = concatBatches("traces", [one, one]);
    expect(two.slices).toEqual([protobuf, protobuf]);
    expect(readBatch("traces", batchToBytes(two)).itemCount).toBe(6);
  });

  it("refuses another signal", () => {
    expect(() => concatBatches("logs", [readBatch("traces", new Uint8Array(0))])).toThrow(TypeError);
  });
});

describe("readBatch of odd but valid requests", () => {
  it("leaves unknown fields of the request itself out", () => {
    const writer = new Writer();
    writer.stringField(9, "unknown");
    const known = traceRequest((span) => span.stringField(5, "a"));
    writer.raw(known);
    writer.uint32Field(10, 4);
    writer.raw(known);
    writer.raw(known);
    const batch = readBatch("traces", writer.finish());
    expect(batch.itemCount).toBe(3);
    expect(batch.slices.map((slice) => slice.length)).toEqual([known.length, known.length * 2]);
    expect(readBatch("traces", batchToBytes(batch)).itemCount).toBe(3);
  });

  it("keeps unknown fields inside", () => {
    const bytes = traceRequest((span) => {
      span.stringField(99, "future");
      span.fixed32Field(98, 1);
      span.doubleField(97, 1);
    });
    expect(batchToBytes(readBatch("traces", bytes))).toEqual(bytes);
  });

  it("takes empty ids and unpacked numbers", () => {
    expect(problemOf(traceRequest((span) => span.bytesField(1, new Uint8Array(0))))).toBe("");
    const writer = new Writer();
    const starts = [1, 2, 2, 9, 1].map((field) => writer.open(field));
    writer.fixed64Field(6, 5n);
    writer.doubleField(7, 0.5);
    for (const start of starts.reverse()) writer.close(start);
    expect(readBatch("metrics", writer.finish()).itemCount).toBe(1);
  });
});

describe("readBatch of malformed requests", () => {
  const cases: [name: string, bytes: Uint8Array, problem: RegExp][] = [
    ["a cut-off request", officialTraces(2).protobuf.subarray(0, 100), /past the end/],
    ["text", Buffer.from('{"resourceSpans":[]}'), /./],
    ["a trace id of 15 bytes", traceRequest((span) => span.bytesField(1, new Uint8Array(15))), /trace id of 15 bytes/],
    ["a span id of 16 bytes", traceRequest((span) => span.bytesField(2, new Uint8Array(16))), /span id of 16 bytes/],
    ["a parent id of 1 byte", traceRequest((span) => span.bytesField(4, new Uint8Array(1))), /span id of 1 bytes/],
    ["a name that is a number", traceRequest((span) => span.uint32Field(5, 1)), /field 5 of Span has wire type 0/],
    ["a time that is a varint", traceRequest((span) => span.uint32Field(7, 1)), /field 7 of Span has wire type 0/],
    ["a kind that is text", traceRequest((span) => span.stringField(6, "x")), /field 6 of Span has wire type 2/],
    [
      "an attribute that is a double",
      traceRequest((span) => span.doubleField(9, 1)),
      /field 9 of Span has wire type 1/,
    ],
    ["a group", traceRequest((span) => span.tag(20, 3)), /wire type 3/],
    ["field number 0", traceRequest((span) => span.raw(Uint8Array.of(0, 0))), /field number 0/],
    ["Latin-1 text", traceRequest((span) => span.bytesField(5, Uint8Array.of(0x67, 0x72, 0xfc))), /not valid UTF-8/],
    [
      "a lone surrogate",
      traceRequest((span) => span.bytesField(5, Uint8Array.of(0xed, 0xa0, 0x80))),
      /not valid UTF-8/,
    ],
    [
      "long Latin-1 text",
      traceRequest((span) => span.bytesField(5, new Uint8Array(1000).fill(0xfc))),
      /not valid UTF-8/,
    ],
    [
      "a varint of 11 bytes",
      traceRequest((span) => {
        span.tag(6, 0);
        span.raw(new Uint8Array(11).fill(0x80));
      }),
      /varint is longer than 64 bits/,
    ],
    [
      "a length of 4 GiB",
      traceRequest((span) => {
        span.tag(5, 2);
        span.varint(0xffff_ffff);
      }),
      /length of 2 GiB or more/,
    ],
    ["an attribute nested 200 deep", traceRequest((span) => nestArrays(span, 200)), /nested deeper than 100/],
  ];
  it.each(cases)("rejects %s", (_name, bytes, problem) => {
    expect(problemOf(bytes)).toMatch(problem);
  });

  it("says where", () => {
    const bytes = traceRequest((span) => span.bytesField(1, new Uint8Array(15)));
    expect(() => readBatch("traces", bytes)).toThrow(expect.objectContaining({ offset: bytes.length - 15 }));
  });

  it("takes an attribute nested 40 deep", () => {
    expect(problemOf(traceRequest((span) => nestArrays(span, 40)))).toBe("");
  });
});

/** An attribute whose value is a list of a list of …; each list is two messages. */
function nestArrays(writer: Writer, levels: number): void {
  const starts = [writer.open(9), writer.open(2)];
  for (let level = 0; level < levels; level++) starts.push(writer.open(5), writer.open(1));
  for (const start of starts.reverse()) writer.close(start);
}
