import { describe, expect, test } from "vitest";
import { parseText, TextError } from "./text-parser.js";

describe("samples", () => {
  const cases: [text: string, name: string, labels: [string, string][], value: number, timestampMs?: number][] = [
    ["a 1", "a", [], 1],
    ['a_total{x="y"} 1e3 1700', "a_total", [["x", "y"]], 1000, 1700],
    [
      '  a { x = "y" , z="" , }  +Inf  ',
      "a",
      [
        ["x", "y"],
        ["z", ""],
      ],
      Infinity,
    ],
    ["a -inf", "a", [], -Infinity],
    ["a 0x10".replace("0x10", "16"), "a", [], 16],
    ['a{x="q\\"b\\\\n\\n"} 1', "a", [["x", 'q"b\\n\n']], 1],
    ['a{x="}{,=#"} 1', "a", [["x", "}{,=#"]], 1],
    ['{"http.requests",m="GET"} 2', "http.requests", [["m", "GET"]], 2],
    ["a:b:c 3", "a:b:c", [], 3],
    ['a{x="日本"} 4\r', "a", [["x", "日本"]], 4],
  ];
  test.each(cases)("%s", (text, name, labels, value, timestampMs) => {
    expect(parseText(text, false).samples[0]).toEqual({ name, labels, value, timestampMs });
  });

  test("NaN", () => expect(parseText("a NaN", false).samples[0]?.value).toBeNaN());
});

test("what is said about families is kept by their name, escapes undone", () => {
  const text = `# HELP h Help \\\\ with\\nlines
# TYPE h histogram
h_bucket{le="1"} 1
# a comment
# TYPE "with.dots" counter
c 5
`;
  const { samples, metadata } = parseText(text, false);
  expect(samples.map(({ name }) => name)).toEqual(["h_bucket", "c"]);
  expect([...metadata]).toEqual([
    ["h", { type: "histogram", help: "Help \\ with\nlines", unit: "" }],
    ["with.dots", { type: "counter", help: "", unit: "" }],
  ]);
});

test("OpenMetrics: seconds, units, exemplars", () => {
  const text = `# TYPE h_seconds histogram
# UNIT h_seconds seconds
h_seconds_bucket{le="1"} 1 1.5 # {trace_id="abc"} 0.5 1.25
h_seconds_count 1
# TYPE r counter
r_total 1 # {} 2
# EOF
`;
  const { samples, metadata } = parseText(text, true);
  expect(metadata.get("h_seconds")?.unit).toBe("seconds");
  expect(samples[0]).toMatchObject({
    timestampMs: 1500,
    exemplars: [{ labels: [["trace_id", "abc"]], value: 0.5, timestampMs: 1250 }],
  });
  expect(samples[2]).toMatchObject({ name: "r_total", exemplars: [{ value: 2 }] });
});

describe("errors name the line", () => {
  const cases: [text: string, openMetrics: boolean, message: string][] = [
    ["a 1\nb x\n", false, 'line 2: value expected, got "x"'],
    ["a", false, 'line 1: value expected, got ""'],
    ['a{x="y} 1', false, "line 1: label value has no end"],
    ["a{x=1} 1", false, 'line 1: "\\"" expected'],
    ["a{x} 1", false, 'line 1: "=" expected after label x'],
    ['a{x="y"z="1"} 1', false, 'line 1: "," or "}" expected'],
    ["a 1 NaN", false, "line 1: invalid timestamp NaN"],
    ["a 1 1e307", true, "line 1: invalid timestamp 1e+307"],
    ["a 1 -Inf", true, "line 1: invalid timestamp -Infinity"],
    ["a 1 # {} 1 Inf", true, "line 1: invalid exemplar timestamp Infinity"],
    ["a 1 2 3", false, 'line 1: unexpected "3"'],
    ["# TYPE a foo", false, 'line 1: unknown metric type "foo"'],
    ["a 1\n", true, "line 1: # EOF is missing"],
    ["# EOF\na 1\n", true, "line 2: data after # EOF"],
    ["<html>", false, "line 1: metric name expected"],
  ];
  test.each(cases)("%j", (text, openMetrics, message) => {
    expect(() => parseText(text, openMetrics)).toThrow(
      new TextError(Number(/\d+/.exec(message)?.[0]), message.replace(/^line \d+: /, "")),
    );
  });
});
