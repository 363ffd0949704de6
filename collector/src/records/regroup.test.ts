import { type Batch, batchToBytes, protobufToJson, readBatch, Writer } from "@venturi/otlp";
import { expect, test } from "vitest";
import { giveBack } from "../lease.js";
import { spansBatch, spansByTrace } from "../testing/spans.test.fixture.js";
import { Regrouper } from "./regroup.js";
import type { ScopeHeader } from "./scope-header.js";
import { walkRecords } from "./walk-records.js";

/** Takes every record whose number `wanted` likes. */
function filter(batch: ReturnType<typeof spansBatch>, wanted: (index: number) => boolean) {
  const regrouper = new Regrouper("traces", 16);
  let scope: ScopeHeader | undefined;
  let index = 0;
  walkRecords(batch, {
    resource: () => {},
    scope: (header) => {
      scope = header;
    },
    record: (_bytes, recordStart, _start, end) => {
      if (scope !== undefined && wanted(index++)) regrouper.add(scope, recordStart, end, 1);
    },
  });
  return regrouper.finish();
}

test("all records make the same bytes again, none make no batch", () => {
  const batch = spansBatch([
    { attributes: { a: "1" }, spans: [{ trace: 1 }, { trace: 2 }] },
    { attributes: { b: "x".repeat(200) }, spans: [{ trace: 3, attributes: { big: "y".repeat(20_000) } }] },
  ]);
  const same = filter(batch, () => true);
  expect(same?.itemCount).toBe(3);
  expect(Buffer.from(batchToBytes(same as typeof batch))).toEqual(Buffer.from(batchToBytes(batch)));
  expect(filter(batch, () => false)).toBeUndefined();
});

test("fields of resource and scope are kept wherever they stand", () => {
  const writer = new Writer();
  const resource = writer.open(1);
  writer.stringField(3, "schema of resource, in front");
  for (const name of ["a", "b"]) {
    const scope = writer.open(2);
    writeSpan(writer, `${name}1`);
    writer.stringField(3, `schema of ${name}, between spans`);
    writeSpan(writer, `${name}2`);
    const own = writer.open(1);
    writer.stringField(1, `scope ${name}, behind its spans`);
    writer.close(own);
    writer.close(scope);
  }
  const own = writer.open(1);
  writer.uint32Field(2, 5);
  writer.close(own);
  writer.close(resource);
  const batch = readBatch("traces", writer.finish());
  const json = (bytes: Uint8Array): unknown => protobufToJson("traces", bytes);
  const same = filter(batch, () => true);
  expect(json(batchToBytes(same as typeof batch))).toEqual(json(batchToBytes(batch)));
  const half = JSON.stringify(json(batchToBytes(filter(batch, (index) => index === 3) as typeof batch)));
  expect(half).toContain("b2");
  expect(half).toContain("scope b, behind its spans");
  expect(half).toContain("schema of b, between spans");
  expect(half).toContain("schema of resource, in front");
  expect(half).toContain('"droppedAttributesCount":5');
  expect(half).not.toMatch(/a1|a2|b1/);
});

test("large batches are handed on without a copy; their memory is used again when they are given back, and not before", () => {
  const regrouper = new Regrouper("traces", 128 * 1024);
  const fill = (name: string): Batch => {
    const batch = spansBatch([{ spans: [{ trace: 1, name: name.repeat(100_000) }] }]);
    let scope: ScopeHeader | undefined;
    walkRecords(batch, {
      resource: () => {},
      scope: (header) => {
        scope = header;
      },
      record: (_bytes, recordStart, _start, end) => regrouper.add(scope as ScopeHeader, recordStart, end, 1),
    });
    return regrouper.finish() as Batch;
  };
  const names = (batch: Batch): string[] => Object.values(spansByTrace([batch])).flat();
  const [a, b] = [fill("a"), fill("b")];
  expect([names(a), names(b)]).toEqual([["a".repeat(100_000)], ["b".repeat(100_000)]]);
  const memory = a.slices[0]?.buffer;
  expect(b.slices[0]?.buffer).not.toBe(memory);
  giveBack(a);
  const [c, d] = [fill("c"), fill("d")];
  expect([c, d].map(({ slices }) => slices[0]?.buffer)).toContain(memory);
  expect([b, c, d].flatMap(names).map((name) => name[0])).toEqual(["b", "c", "d"]);
});

function writeSpan(writer: Writer, name: string): void {
  const span = writer.open(2);
  writer.stringField(5, name);
  writer.close(span);
}
