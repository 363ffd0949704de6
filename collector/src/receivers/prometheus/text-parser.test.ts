import { describe, expect, test } from "vitest";
import { ExpositionError, parseExposition } from "./text-parser.js";

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
    const parsed = parseExposition(text, false)[0]?.samples[0];
    expect(parsed).toEqual({ name, labels, value, ...(timestampMs === undefined ? {} : { timestampMs }) });
  });

  test("NaN", () => expect(parseExposition("a NaN", false)[0]?.samples[0]?.value).toBeNaN());
});

test("families take their samples by type and suffix", () => {
  const text = `# HELP h Help \\\\ with\\nlines
# TYPE h histogram
h_bucket{le="1"} 1
h_bucket{le="+Inf"} 2
h_sum 3
h_count 2
# a comment
# TYPE s summary
s{quantile="0.5"} 1
s_sum 1
s_count 1
# TYPE c counter
c 5
c_total 6
h_other 1
`;
  const families = parseExposition(text, false);
  expect(families.map(({ name, type, samples: own }) => [name, type, own.length])).toEqual([
    ["h", "histogram", 4],
    ["s", "summary", 3],
    ["c", "counter", 2],
    ["h_other", "unknown", 1],
  ]);
  expect(families[0]?.help).toBe("Help \\ with\nlines");
});

test("OpenMetrics: seconds, units, exemplars", () => {
  const text = `# TYPE h_seconds histogram
# UNIT h_seconds seconds
h_seconds_bucket{le="1"} 1 1.5 # {trace_id="abc"} 0.5 1.25
h_seconds_count 1
h_seconds_created 1
# TYPE r counter
r_total 1 # {} 2
# EOF
`;
  const families = parseExposition(text, true);
  expect(families[0]).toMatchObject({
    unit: "seconds",
    samples: [
      { timestampMs: 1500, exemplar: { labels: [["trace_id", "abc"]], value: 0.5, timestampMs: 1250 } },
      {},
      {},
    ],
  });
  expect(families[1]).toMatchObject({
    name: "r",
    type: "counter",
    samples: [{ name: "r_total", exemplar: { value: 2 } }],
  });
});

describe("errors name the line", () => {
  const cases: [text: string, openMetrics: boolean, message: string][] = [
    ["a 1\nb x\n", false, 'line 2: value expected, got "x"'],
    ["a", false, 'line 1: value expected, got ""'],
    ['a{x="y} 1', false, "line 1: label value has no end"],
    ["a{x=1} 1", false, 'line 1: "\\"" expected'],
    ["a{x} 1", false, 'line 1: "=" expected after label x'],
    ['a{x="y"z="1"} 1', false, 'line 1: "," or "}" expected'],
    ["a 1 2 3", false, 'line 1: unexpected "3"'],
    ["# TYPE a foo", false, 'line 1: unknown metric type "foo"'],
    ["a 1\n", true, "line 1: # EOF is missing"],
    ["# EOF\na 1\n", true, "line 2: data after # EOF"],
    ["<html>", false, "line 1: metric name expected"],
  ];
  test.each(cases)("%j", (text, openMetrics, message) => {
    expect(() => parseExposition(text, openMetrics)).toThrow(
      new ExpositionError(Number(/\d+/.exec(message)?.[0]), message.replace(/^line \d+: /, "")),
    );
  });
});
