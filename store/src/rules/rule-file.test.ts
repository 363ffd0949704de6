import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readRuleFile } from "./rule-file.js";

/** Files, and whether Prometheus' own reader refuses them. */
const cases = JSON.parse(
  readFileSync(new URL("../testing/rule-file-cases.json", import.meta.url), "utf8"),
) as readonly { name: string; yaml: string; isRefused: boolean }[];

function problems(yaml: string): string[] {
  try {
    readRuleFile("f.yml", yaml);
    return [];
  } catch (error) {
    return (error as Error).message.split("\n");
  }
}

describe("files are refused as Prometheus refuses them, with their line", () => {
  test.each(cases)("$name", ({ yaml, isRefused }) => {
    const found = problems(yaml);
    expect(found.length > 0).toBe(isRefused);
    for (const problem of found) expect(problem).toMatch(/^f\.yml:\d+:\d+: \S/);
  });
});

describe("what Prometheus lets pass by accident is refused", () => {
  test.each([
    [
      "a limit that is no whole number",
      "groups:\n- name: a\n  limit: 1.5\n",
      "f.yml:3:10: expected a whole number, got 1.5",
    ],
    ["a group that is nothing", "groups:\n-\n", "f.yml:2:2: Groupname must not be empty"],
  ])("%s", (_, yaml, problem) => expect(problems(yaml)).toEqual([problem]));
});

test("every problem of a file is told, each with its own line", () => {
  const yaml = `groups:
- name: a
  interval: 1x
  rules:
  - record: x
    expr: up +
    labels: { __name__: y }
  - alert: A
    for: 5
    annotations: { summary: "{{ $foo }}", more: "{{ if }}" }
- name: a
  rules:
  - record: y
    alert: z
    expr: "1"
`;
  expect(problems(yaml)).toEqual([
    'f.yml:6:11: group "a", rule 1, "x": could not parse expression: 1:5: parse error: unexpected end of input',
    'f.yml:7:13: group "a", rule 1, "x": invalid label name: __name__',
    'f.yml:8:5: group "a", rule 2, "A": field \'expr\' must be set in rule',
    'f.yml:9:10: group "a", rule 2, "A": not a valid duration string: "5"',
    'f.yml:10:18: group "a", rule 2, "A": annotation "summary": template: __alert_A:1: undefined variable "$foo"',
    'f.yml:10:18: group "a", rule 2, "A": annotation "more": template: __alert_A:1: missing value for if',
    'f.yml:3:13: unknown unit "x" in duration "1x"',
    'f.yml:11:9: groupname: "a" is repeated in the same file',
    "f.yml:14:12: group \"a\", rule 1, \"z\": only one of 'record' and 'alert' must be set",
  ]);
});

test("durations, labels and merged maps are read", () => {
  const yaml = `groups:
- name: "ü b"
  interval: 1m30s
  query_offset: 5s
  limit: 7
  labels: &l { team: a, over: group }
  rules:
  - &r { record: "utf8 ü", expr: "sum (up)", labels: { over: rule, n: 1.50, yes: no } }
  - <<: *r
    record: other
    labels: { <<: *l, c: d }
  - { alert: A, expr: "up == 0", for: 1h, keep_firing_for: 1d, annotations: { "a b": "" } }
`;
  const [group] = readRuleFile("f.yml", yaml);
  expect(group).toMatchObject({ name: "ü b", intervalMs: 90_000, queryOffsetMs: 5000, limit: 7, file: "f.yml" });
  expect(group?.rules.map(({ kind, name, labels }) => [kind, name, labels])).toEqual([
    ["recording", "utf8 ü", { team: "a", over: "rule", n: "1.50", yes: "no" }],
    ["recording", "other", { team: "a", over: "group", c: "d" }],
    ["alerting", "A", { team: "a", over: "group" }],
  ]);
  expect(group?.rules[2]).toMatchObject({ forMs: 3_600_000, keepFiringForMs: 86_400_000, annotations: { "a b": "" } });
});

test("a map that is merged into itself is a problem", () => {
  expect(problems("groups:\n- &a\n  <<: *a\n  name: x\n")[0]).toMatch(/merged into itself/);
});
