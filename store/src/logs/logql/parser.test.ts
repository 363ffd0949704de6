import { expect, test } from "vitest";
import type { LogExpr, MetricExpr } from "./ast.js";
import { parseLogql } from "./parser.js";

const logs = (query: string): LogExpr => parseLogql(query) as LogExpr;

test("selectors and line filters", () => {
  expect(
    logs(`{service_name="a", zone=~"eu-.+",x!="y" , z !~ "q"} |= "one" or \`t"wo\` != "no" |~ "(?i)er+" !~ "x"`),
  ).toEqual({
    kind: "logs",
    matchers: [
      { label: "service_name", op: "=", value: "a" },
      { label: "zone", op: "=~", value: "eu-.+" },
      { label: "x", op: "!=", value: "y" },
      { label: "z", op: "!~", value: "q" },
    ],
    stages: [
      { kind: "line", op: "|=", texts: ["one", 't"wo'] },
      { kind: "line", op: "!=", texts: ["no"] },
      { kind: "line", op: "|~", texts: ["(?i)er+"] },
      { kind: "line", op: "!~", texts: ["x"] },
    ],
  });
  expect(logs('{a="\\"\\\\\\n\\u00e4"} # comment').matchers[0]?.value).toBe('"\\\nä');
});

test("label filters: or binds weaker than and", () => {
  const [stage] = logs('{a="b"} | x="1" or y!="2" and z>=3, w=~"4"').stages;
  expect(stage).toMatchObject({
    kind: "filter",
    filter: {
      kind: "or",
      left: { kind: "text", label: "x", op: "=" },
      right: {
        kind: "and",
        left: { kind: "and", right: { kind: "number", op: ">=", value: 3 } },
        right: { label: "w" },
      },
    },
  });
  expect(logs('{a="b"} | (x="1" or y="2") and z="3"').stages[0]).toMatchObject({
    filter: { kind: "and", left: { kind: "or" } },
  });
});

test("what Grafana asks from a trace", () => {
  const query =
    '{service_name="a"} | label_format log_line_contains_trace_id=`{{ contains "abc" __line__  }}` | log_line_contains_trace_id="true" OR trace_id="abc"';
  expect(logs(query).stages).toMatchObject([
    { kind: "contains", label: "log_line_contains_trace_id", text: "abc" },
    { kind: "filter", filter: { kind: "or" } },
  ]);
});

test("metric queries", () => {
  const volume = parseLogql('sum by (level, detected_level) (count_over_time({a="b"} |= "x" | drop __error__[1m30s]))');
  expect(volume).toEqual({
    kind: "sum",
    grouping: { isBy: true, labels: ["level", "detected_level"] },
    inner: {
      kind: "range",
      name: "count_over_time",
      rangeNs: 90_000_000_000n,
      offsetNs: 0n,
      logs: {
        kind: "logs",
        matchers: [{ label: "a", op: "=", value: "b" }],
        stages: [
          { kind: "line", op: "|=", texts: ["x"] },
          { kind: "drop", labels: ["__error__"] },
        ],
      },
    },
  });
  const after = parseLogql('sum(rate({a="b"}[5m] |= "x" offset 1h)) without (c)') as MetricExpr;
  expect(after).toMatchObject({ grouping: { isBy: false }, inner: { offsetNs: 3_600_000_000_000n } });
  expect(parseLogql("vector(1)+vector(1)")).toEqual({ kind: "vector", value: 2 });
});

test.each([
  ["", "line 1, col 1: syntax error: unexpected end of query"],
  ["{", "line 1, col 2: syntax error: unexpected end of query, expecting identifier"],
  ["{}", "line 1, col 1: queries require at least one regexp or equality matcher"],
  ['{a=~".*"}', "line 1, col 1: queries require at least one"],
  ['{a="b"', "line 1, col 7: syntax error: unexpected end of query, expecting ,"],
  ["{a=b}", 'line 1, col 4: syntax error: unexpected "b", expecting string'],
  ['{a="b"} |', "line 1, col 10: syntax error: unexpected end of query"],
  ['{a="b"}\n | json', 'line 2, col 4: "json" is not supported'],
  ['{a="b"} | logfmt | x="1"', 'col 11: "logfmt" is not supported'],
  ['{a="b"} | line_format "{{.x}}"', '"line_format" is not supported'],
  ['{a="b"} | label_format x=y', "label_format other than"],
  ['{a="b"} |> "<_> x"', "a pattern filter is not supported"],
  ['{a="b"} | x > 5ms', "a comparison with a duration is not supported"],
  ['{a=~"("}', "invalid regular expression"],
  ['{a="b"} |~ "["', "invalid regular expression"],
  ['topk(5, rate({a="b"}[1m]))', '"topk" is not supported'],
  ['rate({a="b"})', "expecting ["],
  ['rate({a="b"}[0s])', "a range must be longer than zero"],
  ['rate({a="b"}[5])', "expecting a duration"],
  ['sum(rate({a="b"}[1m])) / 2', "arithmetic on series is not supported"],
  ['sum(rate({a="b"}[1m])) x', 'unexpected "x"'],
  ['{a="b"} |= "\\q"', "invalid escape \\q in a string"],
  ['{a="b} ', 'unexpected "\\""'],
  [`{a="b"} | ${"(".repeat(11_000)}`, "the query is longer than 10000 characters"],
])("%s is refused with its place", (query, problem) => {
  expect(() => parseLogql(query)).toThrow(problem);
});
