import { describe, expect, test } from "vitest";
import { formatDurationMs, parseDurationMs } from "./duration.js";
import { formatSampleValue } from "./histogram/buckets.js";
import { LabelSet } from "./labels.js";
import { formatFloat, formatGeneral, parseNumber } from "./numbers.js";
import { quote, unquote } from "./quote.js";
import { toApiData } from "./result.js";
import { isStaleNaN, staleNaN } from "./stale.js";

describe("numbers", () => {
  const parsed: readonly [string, number | undefined][] = [
    ["1", 1],
    ["-0x10", -16],
    ["017", 15],
    ["1e3", 1000],
    [".5", 0.5],
    ["+Inf", Infinity],
    ["1_000", 1000],
    ["1__0", undefined],
    ["1e400", undefined],
    ["x", undefined],
  ];
  test.each(parsed)("parse %s", (text, value) => expect(parseNumber(text)).toBe(value));

  const formatted: readonly [number, string, string][] = [
    [1e21, "1000000000000000000000", "1e+21"],
    [1.5e-7, "0.00000015", "1.5e-07"],
    [-0, "-0", "-0"],
    [Number.NaN, "NaN", "NaN"],
    [Infinity, "+Inf", "+Inf"],
    [0.1, "0.1", "0.1"],
  ];
  test.each(formatted)("format %s", (value, plain, general) => {
    expect(formatFloat(value)).toBe(plain);
    expect(formatGeneral(value)).toBe(general);
  });
});

describe("durations", () => {
  const cases: readonly [string, number][] = [
    ["1h30m", 5_400_000],
    ["1ms", 1],
    ["90d", 7_776_000_000],
    ["1w", 604_800_000],
    ["1y", 31_536_000_000],
  ];
  test.each(cases)("%s", (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
    expect(formatDurationMs(ms)).toBe(text);
  });
  test("what is none says so", () => {
    expect(() => parseDurationMs("1m1h")).toThrow('not a valid duration string: "1m1h"');
    expect(() => parseDurationMs("5x")).toThrow('unknown unit "x" in duration "5x"');
  });
});

describe("strings", () => {
  const cases: readonly [string, string][] = [
    ['"a\\"b"', 'a"b'],
    ["'\\u00e9'", "é"],
    ['"\\303\\251"', "é"],
    ["`\\n`", "\\n"],
    ['"\\U0001F600"', "😀"],
  ];
  test.each(cases)("%s", (literal, value) => {
    expect(unquote(literal)).toBe(value);
    expect(unquote(quote(value))).toBe(value);
  });
});

describe("label sets", () => {
  test("are sorted, without empty values, equal by key", () => {
    const labels = LabelSet.fromRecord({ b: "2", a: "1", c: "" });
    expect(labels.toString()).toBe('{a="1", b="2"}');
    expect(labels.key).toBe(LabelSet.fromRecord({ a: "1", b: "2" }).key);
    expect(labels.with("aa", "x").toString()).toBe('{a="1", aa="x", b="2"}');
    expect(labels.with("a", "").toString()).toBe('{b="2"}');
  });
  test("a label may be called __proto__", () => {
    const labels = LabelSet.empty.with("__proto__", "x");
    expect(Object.entries(labels.toRecord())).toEqual([["__proto__", "x"]]);
  });
});

test("the staleness marker is not just any NaN, and survives typed arrays", () => {
  const values = new Float64Array([Number.NaN, 1, 0]);
  values[2] = staleNaN;
  expect([...values].map(isStaleNaN)).toEqual([false, false, true]);
  expect(isStaleNaN(values.slice()[2]!)).toBe(true);
});

test("results have the shape of the HTTP API", () => {
  const notes = { warnings: [], infos: [] };
  const vector = [{ labels: { a: "b" }, timestampMs: 1500, value: Infinity }];
  expect(toApiData({ resultType: "vector", vector, ...notes })).toEqual({
    resultType: "vector",
    result: [{ metric: { a: "b" }, value: [1.5, "+Inf"] }],
  });
  expect(formatSampleValue(1e-7)).toBe("1e-07");
});
