import { batchToBytes, protobufToJson, readBatch, Writer } from "@venturi/otlp";
import { expect, test } from "vitest";
import { spansBatch } from "../testing/spans.test.fixture.js";
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

function writeSpan(writer: Writer, name: string): void {
  const span = writer.open(2);
  writer.stringField(5, name);
  writer.close(span);
}
