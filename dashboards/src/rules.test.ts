import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parser } from "@prometheus-io/lezer-promql";
import { describe, expect, it } from "vitest";
import { allDashboards, ruleGroups } from "./index.js";
import type { AlertingRule, RecordingRule } from "./rules/model.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const rules = ruleGroups.flatMap((group) => group.rules);
const recorded = rules.filter((rule): rule is RecordingRule => "record" in rule);
const alerting = rules.filter((rule): rule is AlertingRule => "alert" in rule);
const name = (rule: RecordingRule | AlertingRule): string => ("record" in rule ? rule.record : rule.alert);

describe("rules", () => {
  it("have names of their own, and groups too", () => {
    expect(new Set(rules.map(name)).size).toBe(rules.length);
    expect(new Set(ruleGroups.map((group) => group.name)).size).toBe(ruleGroups.length);
  });

  it.each(rules.map((rule) => [name(rule), rule.expr] as const))(
    "%s parses and holds no Grafana variable",
    (_, expr) => {
      expect(expr).not.toContain("$");
      parser.parse(expr).iterate({
        enter: (node) => {
          expect(node.type.isError, `syntax error at ${node.from} of ${expr}`).toBe(false);
        },
      });
    },
  );

  it.each(recorded.map((rule) => [rule.record]))("%s is named level:metric:operations", (record) => {
    expect(record).toMatch(/^[a-z_]+:[a-z0-9_]+:[a-z0-9_]+$/);
  });

  it.each(alerting.map((rule) => [rule.alert, rule] as const))("%s leads to a runbook and a dashboard", (_, rule) => {
    expect(rule.for).toMatch(/^\d+m$/);
    expect(rule.annotations.summary).toContain("{{ $labels.");
    expect(rule.annotations.description).toMatch(/\.$/);
    expect(existsSync(root + rule.annotations.runbook_url), rule.annotations.runbook_url).toBe(true);
    expect(allDashboards().map((d) => d.uid)).toContain(rule.annotations.dashboard_uid);
  });

  it("record, earlier in the same file, every series that an alert reads", () => {
    const known = new Set(recorded.map((rule) => rule.record));
    for (const rule of alerting) {
      for (const [series] of rule.expr.matchAll(/\b[a-z_]+:[a-z0-9_]+:[a-z0-9_]+\b/g)) expect(known).toContain(series);
    }
  });
});
