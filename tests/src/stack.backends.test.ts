import { listExpressions, ruleGroups, substituteVariables } from "@venturi/dashboards";
import { beforeAll, describe, expect, test } from "vitest";
import { type NativeStack, startNativeStack } from "./stack/native.js";
import { cleanup } from "./support/cleanup.js";
import { eventually } from "./support/eventually.js";
import { root } from "./support/venturi.js";

const { defer } = cleanup();

let stack: NativeStack;
let prometheusUrl: string;
let k6: { code: number | null; output: string };

beforeAll(async () => {
  stack = await startNativeStack(root, { freePorts: true });
  defer(() => stack.stop());
  prometheusUrl = await stack.url("prometheus", 9090);
  k6 = await stack.runJob("k6", { RATE: "25", DURATION: "15s" });
});

interface Answer {
  readonly error?: string;
  readonly data?: { readonly result: readonly unknown[] };
}

async function ask(path: string, parameters: Readonly<Record<string, string>>): Promise<Answer> {
  const response = await fetch(`${prometheusUrl}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  return (await response.json()) as Answer;
}

interface RuleState {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

describe("the compose stack on this machine", () => {
  test("every process of compose runs that is not only an image", () => {
    const services = ["catalog-1", "catalog-2", "collector", "gateway", "jaeger", "network", "orders", "payments"];
    expect([...stack.running].sort()).toEqual([...services, "postgres", "prometheus", "redis", "worker"]);
  });

  test("compose's k6 service loads the gateway", () => {
    expect(k6.code, k6.output).toBe(0);
    expect(k6.output).toMatch(/checks_succeeded\.*: 100\.00%/);
  });

  test("Prometheus has loaded every rule from the mounted file, and evaluates each without an error", async () => {
    const states = await eventually("every rule was evaluated", async () => {
      const response = await fetch(`${prometheusUrl}/api/v1/rules`);
      const { data } = (await response.json()) as { data: { groups: { rules: RuleState[] }[] } };
      const rules = data.groups.flatMap((group) => group.rules);
      return rules.every(({ health }) => health !== "unknown") ? rules : undefined;
    });
    const rules = ruleGroups.flatMap((group) => group.rules);
    const names = rules.map((rule) => ("record" in rule ? rule.record : rule.alert));
    expect(states.map(({ name }) => name).sort()).toEqual(names.sort());
    expect(states.filter(({ health }) => health !== "ok")).toEqual([]);
  });

  test("every recording rule records what every alert reads", async () => {
    for (const rule of ruleGroups.flatMap((group) => group.rules)) {
      const { error, data } = await ask("query", { query: rule.expr });
      expect(error, rule.expr).toBeUndefined();
      if (!("record" in rule)) continue;
      expect(data?.result.length, rule.expr).toBeGreaterThan(0);
      await eventually(rule.record, async () => {
        const recorded = await ask("query", { query: rule.record });
        return (recorded.data?.result.length ?? 0) > 0 ? true : undefined;
      });
    }
  });

  test("every query of every dashboard is answered, and no panel is empty", async () => {
    const end = Date.now() / 1000;
    const filled = new Map<string, boolean>();
    for (const { dashboard, panel, expr } of listExpressions()) {
      const query = substituteVariables(expr);
      const range = { query, start: String(end - 60), end: String(end), step: "5" };
      const { error, data } = await ask("query_range", range);
      expect(error, query).toBeUndefined();
      const name = `${dashboard}: ${panel}`;
      filled.set(name, (filled.get(name) ?? false) || (data?.result.length ?? 0) > 0);
    }
    expect([...filled].filter(([, hasData]) => !hasData).map(([name]) => name)).toEqual([]);
  });

  test("Jaeger has the traces of every service", async () => {
    const jaegerUrl = await stack.url("jaeger", 16686);
    const { data } = (await (await fetch(`${jaegerUrl}/api/services`)).json()) as { data: string[] };
    expect(data).toEqual(expect.arrayContaining(["catalog", "gateway", "orders", "payments", "worker"]));
  });
});
