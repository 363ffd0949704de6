import { AggregationTemporality } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { batchToBytes, concatBatches } from "../model/batch.js";
import { officialMetrics, officialTraces } from "../testing/official.test.fixture.js";
import { forEachMetric } from "../views/for-each-metric.js";
import { forEachSpan } from "../views/for-each-span.js";
import { readBatch } from "./read-batch.js";
import { splitBatch } from "./split-batch.js";
import { Writer } from "./writer.js";

function counts(signal: "traces" | "metrics", parts: ReturnType<typeof splitBatch>): number[] {
  return parts.map((part) => {
    const again = readBatch(signal, batchToBytes(part));
    expect(again.byteLength).toBe(part.byteLength);
    expect(again.itemCount).toBe(part.itemCount);
    return part.itemCount;
  });
}

describe("splitBatch of traces", () => {
  const one = readBatch("traces", officialTraces(5).protobuf);
  const batch = concatBatches("traces", [one, one, one]);

  it("answers the batch itself when it fits", () => {
    expect(splitBatch(batch, 15)).toEqual([batch]);
    expect(splitBatch(batch, 15)[0]).toBe(batch);
  });

  it.each([1, 2, 4, 5, 7, 14])("cuts into parts of %i", (size) => {
    const parts = splitBatch(batch, size);
    const full = Math.floor(15 / size);
    expect(counts("traces", parts)).toEqual([...Array(full).fill(size), ...(15 % size === 0 ? [] : [15 % size])]);
    const names: string[] = [];
    for (const part of parts) {
      forEachSpan(part, (span, scope, resource) => {
        names.push(span.name);
        expect([scope.name, scope.version]).toEqual(["http", "1.2.3"]);
        expect(resource.attributes.get("service.name")).toBe("catalog");
      });
    }
    const expected: string[] = [];
    forEachSpan(batch, (span) => expected.push(span.name));
    expect(names).toEqual(expected);
  });

  it("does not copy resources that fit", () => {
    const parts = splitBatch(batch, 5);
    expect(parts.map((part) => part.slices)).toEqual([one.slices, one.slices, one.slices]);
    expect(parts[1]?.slices[0]?.buffer).toBe(one.slices[0]?.buffer);
  });

  it("keeps unknown fields and schema urls on both sides of a cut", () => {
    const writer = new Writer();
    const resource = writer.open(1);
    writer.stringField(77, "of the resource");
    const scope = writer.open(2);
    for (const name of ["a", "b"]) {
      const span = writer.open(2);
      writer.stringField(5, name);
      writer.stringField(88, "of the span");
      writer.close(span);
    }
    writer.uint32Field(99, 5);
    writer.close(scope);
    writer.stringField(3, "schema");
    writer.close(resource);
    const parts = splitBatch(readBatch("traces", writer.finish()), 1);
    expect(counts("traces", parts)).toEqual([1, 1]);
    for (const part of parts) {
      const text = Buffer.from(batchToBytes(part)).toString("latin1");
      for (const kept of ["of the resource", "of the span", "schema", "\x98\x06\x05"]) expect(text).toContain(kept);
    }
  });

  it("refuses parts of no items", () => {
    expect(() => splitBatch(batch, 0)).toThrow(RangeError);
    expect(() => splitBatch(batch, Number.NaN)).toThrow(RangeError);
  });
});

describe("splitBatch of metrics", () => {
  it.each([1, 3, 4])("cuts through metrics into parts of %i data points", async (size) => {
    const batch = readBatch("metrics", (await officialMetrics(AggregationTemporality.CUMULATIVE)).protobuf);
    const parts = splitBatch(batch, size);
    expect(counts("metrics", parts).every((count) => count <= size)).toBe(true);
    expect(parts).toHaveLength(Math.ceil(10 / size));
    const points = (source: typeof parts): unknown[] => {
      const list: unknown[] = [];
      for (const part of source) {
        forEachMetric(part, (metric) => {
          for (const point of metric.points) list.push([{ ...metric, points: [] }, point]);
        });
      }
      return list;
    };
    expect(points(parts)).toEqual(points([batch]));
  });
});
