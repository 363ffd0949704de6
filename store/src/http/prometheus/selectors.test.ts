import { expect, test } from "vitest";
import { parsedSelector, SelectorError, selectorsOf } from "./selectors.js";

const selectors = (...texts: string[]) =>
  selectorsOf(new URLSearchParams(texts.map((text): [string, string] => ["match[]", text])));

test("every match[] is a list of matchers", () => {
  expect(selectors()).toEqual([]);
  const [first, second] = selectors("up", '{job=~"a|b",env!=""}');
  expect(first).toMatchObject([{ name: "__name__", op: "=", value: "up" }]);
  expect(second).toMatchObject([
    { name: "job", op: "=~", value: "a|b" },
    { name: "env", op: "!=", value: "" },
  ]);
});

test("a selector of everything is refused in Prometheus' words", () => {
  const text = "match[] must contain at least one non-empty matcher";
  for (const one of ["{}", '{job=""}', '{job=~".*"}', '{job!="a"}']) expect(() => selectors("up", one)).toThrow(text);
  expect(() => parsedSelector("{}")).toThrow(text);
});

test("what is no selector is bad data with its place", () => {
  for (const one of ["", "sum(up)", "up[5m]", "up offset 1m", "1", "up{"]) {
    expect(() => selectors(one), one).toThrow(SelectorError);
    expect(() => selectors(one), one).toThrow(/parse error: /);
  }
});
