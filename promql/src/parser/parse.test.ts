import { describe, expect, test } from "vitest";
import { PromqlError } from "../errors.js";
import type { Expr } from "./ast.js";
import { toText } from "./format.js";
import type { ParserFeatures } from "./options.js";
import { parse, parseSelector } from "./parse.js";
import { format } from "./pretty.js";

const ALL: ParserFeatures = {
  experimentalFunctions: true,
  durationExpressions: true,
  extendedRangeSelectors: true,
  fillModifiers: true,
};

function errorOf(query: string, features: ParserFeatures = ALL): string {
  try {
    parse(query, features);
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error;
    expect(error.kind).toBe("bad_data");
    return error.message;
  }
  return "no error";
}

/** The expression with parentheses around every operation, so that a test sees what binds to what. */
function grouped(expr: Expr): string {
  if (expr.kind === "binary") return `(${grouped(expr.lhs)} ${expr.op} ${grouped(expr.rhs)})`;
  if (expr.kind === "unary") return `(${expr.op}${grouped(expr.expr)})`;
  return toText(expr);
}

describe("precedence", () => {
  const cases: readonly [query: string, grouping: string][] = [
    ["a + b * c", "(a + (b * c))"],
    ["a - b - c", "((a - b) - c)"],
    ["a ^ b ^ c", "(a ^ (b ^ c))"],
    ["-a ^ b", "(-(a ^ b))"],
    ["-1 ^ 2", "(-(1 ^ 2))"],
    ["2 ^ -1 ^ 2", "(2 ^ (-(1 ^ 2)))"],
    ["-a * b", "((-a) * b)"],
    ["a or b and c", "(a or (b and c))"],
    ["a < b + c", "(a < (b + c))"],
    ["a + b offset 5m * c", "(a + (b offset 5m * c))"],
    ["a * b offset 5m + c", "((a * b offset 5m) + c)"],
    ["-a offset 5m", "(-a offset 5m)"],
    ["a + b @ 10 ^ c", "(a + (b @ 10.000 ^ c))"],
    ["a offset -5m ^ 2", "(a offset -5m ^ 2)"],
    ["a atan2 b % c", "((a atan2 b) % c)"],
  ];
  test.each(cases)("%s", (query, grouping) => expect(grouped(parse(query, ALL))).toBe(grouping));
});

describe("normal form", () => {
  const cases: readonly [query: string, text: string][] = [
    ["sum(rate(x[5m]))by(job)", "sum by (job) (rate(x[5m]))"],
    ["x{b='1',a!=\"2\"}", 'x{a!="2",b="1"}'],
    ['{"http.server.duration", "a.b"="c"}', '{"a.b"="c",__name__="http.server.duration"}'],
    ['sum by ("a.b") (x)', 'sum by ("a.b") (x)'],
    ["x[1h30m] OFFSET 90s @ 1.5", "x[1h30m] @ 1.500 offset 1m30s"],
    ["max_over_time(rate(x[5m])[1h:30s] @ end())", "max_over_time(rate(x[5m])[1h:30s] @ end())"],
    ["a == BOOL on(x) group_left(y) b", "a == bool on (x) group_left (y) b"],
    ["0x1F + 1_000 + .5 + 1e3 + 1.", "31 + 1000 + 0.5 + 1000 + 1"],
    ["-Inf", "-Inf"],
    ["5m", "5m"],
    ["sum + by", "sum + by"],
    ['offset{a="b"}', 'offset{a="b"}'],
    ["x # a comment\n + y", "x + y"],
    ["`a\\b`", '"a\\\\b"'],
    ["'\\x41\\u00e9\\n'", '"Aé\\n"'],
    ["max_of(1, min_of(2, 3))", "max_of(1, min_of(2, 3))"],
    ["x[step() * 2]", "x[step() * 2]"],
    ["a + fill_right(1) fill_left(2) b", "a + fill_left (2) fill_right (1) b"],
    ["x[5m] smoothed", "x[5m] smoothed"],
  ];
  test.each(cases)("%s", (query, text) => {
    expect(toText(parse(query, ALL))).toBe(text);
    expect(toText(parse(text, ALL))).toBe(text);
  });
});

describe("errors name place and reason", () => {
  const cases: readonly [query: string, message: string][] = [
    ["", "unknown position: parse error: no expression found in input"],
    ["1 +", "1:4: parse error: unexpected end of input"],
    ["foo bar", '1:5: parse error: unexpected identifier "bar"'],
    ["x +\n  * y", "2:3: parse error: unexpected <op:*>"],
    ["sum by foo", '1:8: parse error: unexpected identifier "foo" in grouping opts, expected "("'],
    ["foo{a}", '1:6: parse error: unexpected "}" in label matching, expected label matching operator'],
    ["foo{a=b}", '1:7: parse error: unexpected identifier "b" in label matching, expected string'],
    ["foo{", "1:5: parse error: unexpected end of input inside braces"],
    ["(a", "1:3: parse error: unclosed left parenthesis"],
    ["a)", "1:3: parse error: unexpected right parenthesis ')'"],
    ["x[5m", "1:5: parse error: unclosed left bracket"],
    ["x offset", "1:9: parse error: unexpected end of input in offset, expected number, duration, step(), or range()"],
    ["x @ y", '1:5: parse error: unexpected identifier "y" in @, expected timestamp'],
    ["foo(x)", '1:1: parse error: unknown function with name "foo"'],
    ["rate(x)", '1:6: parse error: expected type range vector in call to function "rate", got instant vector'],
    ["abs(x[5m])", '1:5: parse error: expected type instant vector in call to function "abs", got range vector'],
    ["sum(1)", "1:5: parse error: expected type instant vector in aggregation expression, got scalar"],
    ["topk(x)", "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1"],
    ["time(1)", '1:1: parse error: expected 0 argument(s) in call to "time", got 1'],
    ["1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier"],
    ["1 and x", '1:1: parse error: set operator "and" not allowed in binary scalar expression'],
    ["a + bool b", "1:3: parse error: bool modifier can only be used on comparison operators"],
    ["a * on(x) group_left(x) b", '1:3: parse error: label "x" must not occur in ON and GROUP clause at once'],
    ["a and on(x) group_left b", '1:1: parse error: no grouping allowed for "and" operation'],
    ["{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"],
    ['foo{__name__="x"}', '1:1: parse error: metric name must not be set twice: "foo" or "x"'],
    ["x[0s]", "1:3: parse error: duration must be greater than 0"],
    ["1h1h", '1:1: parse error: not a valid duration string: "1h1h"'],
    ["5mm", '1:1: parse error: bad number or duration syntax: "5mm"'],
    ["sum(x)[5m]", "1:7: parse error: ranges only allowed for vector selectors"],
    ["x offset 5m offset 5m", "1:1: parse error: offset may not be set multiple times"],
    ["x @ 1 @ 2", "1:1: parse error: @ <timestamp> may not be set multiple times"],
    ['"abc', "1:1: parse error: unterminated quoted string"],
    ['"a\\z"', "1:1: parse error: unknown escape sequence U+007A 'z'"],
    ["é + x", "1:1: parse error: unexpected character: 'é'"],
    ['"é" + $', "1:8: parse error: unexpected character: '$'"],
    ['x{a=~"("}', "1:3: parse error: error parsing regexp"],
    ["x offset (5m) * 2", "1:10: parse error: put the whole offset, or the selector with its offset, in parentheses"],
  ];
  test.each(cases)("%s", (query, message) => expect(errorOf(query)).toContain(message));
});

describe("experimental syntax is off by default", () => {
  const cases: readonly [query: string, message: string][] = [
    ["mad_over_time(x[5m])", '1:1: parse error: function "mad_over_time" is not enabled'],
    ["info(x)", '1:1: parse error: function "info" is not enabled'],
    ['sort_by_label(x, "a")', '1:1: parse error: function "sort_by_label" is not enabled'],
    ["limitk(1, x)", "1:1: parse error: limitk() is experimental and must be enabled"],
    ["x[5m * 2]", "1:3: parse error: experimental duration expression is not enabled"],
    ["x offset (5m)", "1:11: parse error: experimental duration expression is not enabled"],
    ["x[5m] anchored", "1:1: parse error: anchored modifier is experimental and not enabled"],
    ["a + fill(0) b", "1:1: parse error: binop fill modifiers are experimental and not enabled"],
  ];
  test.each(cases)("%s", (query, message) => expect(errorOf(query, {})).toContain(message));
});

describe("a query far too deep is refused, at once and without a crash", () => {
  const cases: readonly [what: string, query: string, message: string][] = [
    ["parentheses", `${"(".repeat(100_000)}x${")".repeat(100_000)}`, "1:501: parse error: query is nested too deeply"],
    ["signs", `${"-".repeat(100_000)}x`, "or a query too long to go on here"],
    ["operators", "x + ".repeat(20_000), "unexpected end of input"],
    ["text", `"${"x".repeat(1 << 20)}"`, "query is longer than 1 MiB"],
  ];
  test.each(cases)("%s", (_what, query, message) => expect(errorOf(query)).toContain(message));
});

test("parseSelector gives the matchers, the name as one of them", () => {
  const shown = parseSelector('up{job=~"a|b", "x.y"!="z"}').map(({ name, op, value }) => `${name}${op}${value}`);
  expect(shown).toEqual(["job=~a|b", "x.y!=z", "__name__=up"]);
  expect(() => parseSelector("sum(x)")).toThrow("expected a series selector");
  expect(() => parseSelector("{}")).toThrow("at least one non-empty matcher");
});

test("format breaks long lines and indents", () => {
  const job = 'a_rather_long_metric_name_total{job="some-service",instance="one"}';
  const query = `sum by (job) (rate(${job}[5m])) / sum by (job) (rate(${job}[10m]))`;
  expect(format(parse(query))).toBe(
    [`  sum by (job) (rate(${sorted(job)}[5m]))`, "/", `  sum by (job) (rate(${sorted(job)}[10m]))`].join("\n"),
  );
});

function sorted(selector: string): string {
  return selector.replace('job="some-service",instance="one"', 'instance="one",job="some-service"');
}
