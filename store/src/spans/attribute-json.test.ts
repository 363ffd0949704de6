import { Writer } from "@venturi/otlp";
import { expect, test } from "vitest";
import { AttributeJson } from "./attribute-json.js";
import { JsonBytes } from "./json-bytes.js";

function keyValue(key: string, write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer();
  writer.stringField(1, key);
  const value = writer.open(2);
  write(writer);
  writer.close(value);
  return writer.finish();
}

const cases: [name: string, bytes: Uint8Array, json: string, text: string | undefined, number: number][] = [
  ["text", keyValue("http.route", (w) => w.stringField(1, 'a"b')), '"http.route":"a\\"b"', 'a"b', Number.NaN],
  ["empty text", keyValue("a", (w) => w.stringField(1, "")), '"a":""', "", Number.NaN],
  ["int", keyValue("port", (w) => w.int64Field(3, -8080n)), '"port":-8080', undefined, -8080],
  ["double", keyValue("d", (w) => w.doubleField(4, 5)), '"d":{"$numberDouble":"5"}', undefined, 5],
  [
    "list",
    keyValue("list", (w) => {
      const list = w.open(5);
      for (const text of ["x", "y"]) w.bytesField(1, Uint8Array.of(0x0a, 1, text.charCodeAt(0)));
      w.close(list);
    }),
    '"list":["x","y"]',
    undefined,
    Number.NaN,
  ],
  [
    "map",
    keyValue("map", (w) => {
      const list = w.open(6);
      w.bytesField(
        1,
        keyValue("inner", (inner) => inner.boolField(2, true)),
      );
      w.close(list);
    }),
    '"map":{"inner":true}',
    undefined,
    Number.NaN,
  ],
];

test.each(cases)("%s is the same the first time and from memory, wherever it lies", (_, bytes, json, text, number) => {
  const attributes = new AttributeJson();
  for (let round = 0; round < 5; round++) {
    const moved = new Uint8Array(bytes.length + round);
    moved.set(bytes, round);
    const out = new JsonBytes();
    out.byte(0x7b);
    attributes.keyValue(out, moved, round, moved.length, round % 2 === 0);
    expect(out.toString()).toBe(round % 2 === 0 ? `{${json}` : `{,${json}`);
    const { textStart, textEnd } = attributes;
    expect(textEnd < 0 ? undefined : Buffer.from(moved.subarray(textStart, textEnd)).toString()).toBe(text);
    expect(attributes.lastNumber).toBe(number);
  }
});
