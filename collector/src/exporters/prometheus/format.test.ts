import { describe, expect, test } from "vitest";
import { goFloat, openMetricsFloat } from "./go-float.js";
import { type Escaping, escapeName, type LabelPair, labelText, parseLabelText } from "./label-text.js";
import { negotiate } from "./negotiate.js";
import { TextBuffer } from "./text-buffer.js";

test.each([
  [0, "0", "0.0"],
  [-0, "0", "0.0"],
  [7, "7", "7.0"],
  [999_999, "999999", "999999.0"],
  [1e6, "1e+06", "1e+06"],
  [1_234_567.5, "1.2345675e+06", "1.2345675e+06"],
  [0.0001, "0.0001", "0.0001"],
  [0.00001234, "1.234e-05", "1.234e-05"],
  [-1e21, "-1e+21", "-1e+21"],
  [5e-324, "5e-324", "5e-324"],
  [Number.NaN, "NaN", "NaN"],
  [Number.POSITIVE_INFINITY, "+Inf", "+Inf"],
  [Number.NEGATIVE_INFINITY, "-Inf", "-Inf"],
])("%d is %s, in OpenMetrics %s", (value, text, openMetrics) => {
  expect([goFloat(value), openMetricsFloat(value)]).toEqual([text, openMetrics]);
});

test("label text is read back as it was", () => {
  const pairs: LabelPair[] = [
    ["a", 'x"y\\z\n{},='],
    ["http.route", "/a"],
    ['q"uote', ""],
    ["日本", '"'],
  ];
  const text = labelText(pairs);
  expect(text).toBe('a="x\\"y\\\\z\\n{},=","http.route"="/a","q\\"uote"="","日本"="\\""');
  expect(parseLabelText(text)).toEqual(pairs);
  expect(parseLabelText("")).toEqual([]);
});

test.each<[name: string, escaping: Escaping, expected: string]>([
  ["a.b_c", "allow-utf-8", "a.b_c"],
  ["a.b_c", "underscores", "a_b_c"],
  ["a.b_c", "dots", "a_dot_b__c"],
  ["a.b_c", "values", "U__a_2e_b__c"],
  ["9ä", "underscores", "__"],
  ["9ä", "dots", "____"],
  ["9ä", "values", "U___39__e4_"],
  ["plain_name", "dots", "plain_name"],
])("%s escaped with %s is %s", (name, escaping, expected) => {
  expect(escapeName(name, escaping)).toBe(expected);
});

describe("content negotiation", () => {
  const protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
  test.each([
    ["", true, "text", "underscores"],
    ["*/*", true, "text", "underscores"],
    ["application/openmetrics-text", true, "openmetrics", "underscores"],
    ["application/openmetrics-text", false, "text", "underscores"],
    ["application/openmetrics-text;version=2.0.0", true, "text", "underscores"],
    [`${protobuf};q=0.6,text/plain;version=0.0.4;q=0.3`, false, "protobuf", "underscores"],
    [`${protobuf};q=0.2,text/plain;version=0.0.4;q=0.3`, false, "text", "underscores"],
    ["application/vnd.google.protobuf;proto=other;encoding=delimited", false, "text", "underscores"],
    ["text/plain;version=1.0.0;escaping=allow-utf-8", false, "text", "allow-utf-8"],
    ["text/plain;escaping=made-up", false, "text", "underscores"],
  ])("%j with OpenMetrics %s: %s, %s", (accept, openMetrics, format, escaping) => {
    expect(negotiate(accept, openMetrics)).toMatchObject({ format, escaping });
  });
});

test("the text buffer writes what it is told, whatever its length", () => {
  const buffer = new TextBuffer();
  let expected = "";
  for (const text of ["", "a", "ä", "x".repeat(24), "y".repeat(25), "日本".repeat(40), "z".repeat(300_000)]) {
    buffer.text(text);
    expected += text;
  }
  for (const value of [0, 9, 10, 99, 100, 123_456, 999_999, 2 ** 31 - 1]) {
    buffer.byte(32);
    buffer.smallInteger(value);
    expected += ` ${value}`;
  }
  const { length } = buffer;
  buffer.repeat(0, length);
  expect(Buffer.from(buffer.bytes()).toString()).toBe(expected + expected);
});
