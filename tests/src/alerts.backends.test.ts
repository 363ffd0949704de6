import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ruleGroups } from "@venturi/dashboards";
import { resolveTool } from "@venturi/tools";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { startChild } from "./support/child.js";
import { root } from "./support/venturi.js";

const cases = join(root, "dashboards/testdata/alerts.test.yaml");

interface CasesFile {
  readonly tests: readonly {
    readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts?: readonly unknown[] }[];
  }[];
}

test("promtool: every alert fires where it must, and not just below", async () => {
  const { path } = await resolveTool("promtool", { log: console.error });
  const run = startChild(path, ["test", "rules", cases]);
  expect(await run.exited, run.output()).toBe(0);
});

test("the cases have every alert, firing and silent", async () => {
  const file = parse(await readFile(cases, "utf8")) as CasesFile;
  const asked = file.tests.flatMap((one) => one.alert_rule_test);
  const firing = new Set(asked.filter(({ exp_alerts }) => exp_alerts !== undefined).map(({ alertname }) => alertname));
  const silent = new Set(asked.filter(({ exp_alerts }) => exp_alerts === undefined).map(({ alertname }) => alertname));
  const alerts = ruleGroups.flatMap(({ rules }) => rules).flatMap((rule) => ("alert" in rule ? [rule.alert] : []));
  expect([...firing].sort()).toEqual(alerts.sort());
  expect([...silent].sort()).toEqual(alerts);
});
