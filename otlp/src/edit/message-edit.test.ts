import { expect, test } from "vitest";
import { Writer } from "../wire/writer.js";
import { MessageEdit } from "./message-edit.js";
import { writeKeyValue } from "./value.js";

function bytesOf(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer(64);
  write(writer);
  return writer.finish();
}

const open = (edit: MessageEdit, bytes: Uint8Array): MessageEdit => edit.open(bytes, 0, bytes.length);

test("a map of one message is not written into another one that has a message in that field", () => {
  const withMap = bytesOf((writer) => writeKeyValue(writer, 9, "a", "x"));
  const withMessage = bytesOf((writer) => {
    const inner = writer.open(9);
    writer.stringField(2, "inner");
    writer.close(inner);
  });
  const edit = new MessageEdit();
  open(edit, withMap).attributes(9).set("a", "y");
  expect(edit.isChanged).toBe(true);
  open(edit, withMessage);
  expect(edit.message(9).getString(2)).toBe("inner");
  expect(edit.isChanged).toBe(false);
  edit.setString(1, "new");
  expect(open(new MessageEdit(), edit.toBytes()).message(9).getString(2)).toBe("inner");
});

test("a message of one is not written into another one that has a map in that field", () => {
  const edit = new MessageEdit();
  open(edit, new Uint8Array(0)).message(9).setString(2, "changed");
  const withMap = bytesOf((writer) => writeKeyValue(writer, 9, "a", "x"));
  expect(open(edit, withMap).attributes(9).get("a")).toBe("x");
  expect(edit.isChanged).toBe(false);
  edit.attributes(9).set("b", 1n);
  expect([...open(new MessageEdit(), edit.toBytes()).attributes(9).entries()]).toEqual([
    ["a", "x"],
    ["b", 1n],
  ]);
});
