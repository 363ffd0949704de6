import { expect, test } from "vitest";
import { joinForms, parseForm, parseMultipart } from "./form.js";

const entries = (text: string): [string, string][] => [...parseForm(text).parameters];

test("a form is read as Go reads it", () => {
  expect(entries("")).toEqual([]);
  expect(entries("a=1&b=x%20y+z&a=%C3%BC&c")).toEqual([
    ["a", "1"],
    ["b", "x y z"],
    ["a", "ü"],
    ["c", ""],
  ]);
  expect(parseForm("a=1&b=2").problem).toBeUndefined();
});

test("what is broken is left out and told", () => {
  expect(entries("a=%zz&b=1;c=2&d=%&e=%4&f=3")).toEqual([["f", "3"]]);
  expect(parseForm("b=1&a=%zz&c=1;2").problem).toBe('invalid URL escape "%zz"');
  expect(parseForm("a=1;b=2").problem).toBe("invalid semicolon separator in query");
  expect(parseForm("a=%").problem).toBe('invalid URL escape "%"');
});

test("the first form's values come first, and the first problem counts", () => {
  const joined = joinForms([parseForm("a=1"), parseForm("a=2&b=%x"), parseForm("c=1;2")]);
  expect(joined.parameters.getAll("a")).toEqual(["1", "2"]);
  expect(joined.problem).toBe('invalid URL escape "%x"');
});

test("multipart bodies", async () => {
  const part = 'content-disposition: form-data; name="query"\r\n\r\nup\r\n';
  const type = "multipart/form-data; boundary=edge";
  const form = await parseMultipart(Buffer.from(`--edge\r\n${part}--edge--\r\n`), type);
  expect([...form.parameters]).toEqual([["query", "up"]]);
  const broken = await parseMultipart(Buffer.from("nonsense"), type);
  expect([...broken.parameters]).toEqual([]);
  expect(broken.problem).toBeDefined();
});
