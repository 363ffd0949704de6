import { parse } from "@venturi/promql";
import { describe, expect, test } from "vitest";
import { AlertingRule } from "./alerting-rule.js";
import type { RuleSample } from "./rule.js";
import type { RuleConfig } from "./rule-file.js";

const minuteMs = 60_000;
const resendMs = minuteMs;

function config(own: Partial<RuleConfig> = {}): RuleConfig {
  const base = { kind: "alerting", name: "Down", expr: parse("up == 0"), forMs: 0, keepFiringForMs: 0 } as const;
  return { ...base, labels: {}, annotations: {}, ...own };
}

/** A rule whose expression holds for the given instances at each minute. */
class Run {
  readonly rule: AlertingRule;
  #minute = 0;

  constructor(own: Partial<RuleConfig> = {}) {
    this.rule = new AlertingRule(config(own), { url: "http://store", labels: { region: "eu" } });
    this.rule.isRestored = true;
  }

  get timeMs(): number {
    return this.#minute * minuteMs;
  }

  /** One evaluation; answers `instance=state` of what is pending or firing. */
  async minute(instances: readonly string[], value = 0, limit = 0): Promise<string> {
    this.#minute++;
    const result = instances.map((instance): RuleSample => {
      return { labels: { __name__: "up", instance }, timestampMs: this.timeMs, value };
    });
    const query = async (): Promise<RuleSample[]> => result;
    this.rule.outcome.evaluatedAtMs = this.timeMs;
    await this.rule.evaluate({ timeMs: this.timeMs, queryOffsetMs: 0, limit, query });
    return this.rule.activeAlerts.map(({ labels, state }) => `${labels.instance}=${state}`).join(" ");
  }

  sent(): string[] {
    const due = this.rule.due(this.timeMs, resendMs, minuteMs);
    return due.map(({ labels, startsAtMs, endsAtMs }) => {
      return `${labels.instance} ${startsAtMs / minuteMs}-${endsAtMs / minuteMs}`;
    });
  }
}

describe("states", () => {
  test("without `for`, an alert fires at once and is over at once", async () => {
    const run = new Run();
    expect(run.rule.state).toBe("unknown");
    expect(await run.minute(["a"])).toBe("a=firing");
    expect(run.rule.state).toBe("firing");
    expect(await run.minute([])).toBe("");
    expect(run.rule.state).toBe("inactive");
    expect(await run.minute(["a"])).toBe("a=firing");
    expect(run.rule.activeAlerts[0]).toMatchObject({ activeAtMs: 3 * minuteMs, firedAtMs: 3 * minuteMs });
  });

  test("with `for`, it is pending until the time is full, and begins anew after a gap", async () => {
    const run = new Run({ forMs: 2 * minuteMs });
    expect(await run.minute(["a"])).toBe("a=pending");
    expect(await run.minute(["a", "b"])).toBe("a=pending b=pending");
    expect(await run.minute(["a"])).toBe("a=firing");
    expect(await run.minute(["a", "b"])).toBe("a=firing b=pending");
    expect(await run.minute([])).toBe("");
    expect(await run.minute(["a"])).toBe("a=pending");
  });

  test("with `keep_firing_for`, it fires on after the condition ended, unless it was only pending", async () => {
    const run = new Run({ keepFiringForMs: 2 * minuteMs, forMs: minuteMs });
    await run.minute(["a"]);
    expect(await run.minute(["a", "b"])).toBe("a=firing b=pending");
    expect(await run.minute([])).toBe("a=firing");
    expect(run.rule.activeAlerts[0]?.keepFiringSinceMs).toBe(3 * minuteMs);
    expect(await run.minute(["a"])).toBe("a=firing");
    expect(run.rule.activeAlerts[0]?.keepFiringSinceMs).toBeUndefined();
    expect(await run.minute([])).toBe("a=firing");
    expect(await run.minute([])).toBe("a=firing");
    expect(await run.minute([])).toBe("");
  });

  test("a value and annotations follow the condition while it holds", async () => {
    const run = new Run({ annotations: { text: "{{ $labels.instance }} {{ $value }} {{ $externalLabels.region }}" } });
    await run.minute(["a"], 1);
    await run.minute(["a"], 2);
    expect(run.rule.activeAlerts[0]).toMatchObject({ value: 2, annotations: { text: "a 2 eu" }, activeAtMs: minuteMs });
  });

  test("more alerts than the limit: none is left, and the evaluation fails", async () => {
    const run = new Run();
    expect(await run.minute(["a", "b"], 0, 2)).toBe("a=firing b=firing");
    await expect(run.minute(["a", "b", "c"], 0, 2)).rejects.toThrow("exceeded limit of 2 with 3 alerts");
    expect(run.rule.active.size).toBe(0);
  });

  test("two alerts with the same labels fail", async () => {
    const run = new Run({ labels: { instance: "same" } });
    await expect(run.minute(["a", "b"])).rejects.toThrow(
      "vector contains metrics with the same labelset after applying alert labels",
    );
  });
});

describe("labels and series", () => {
  test("labels are the element's, then the rule's as texts, then the name; empty ones are left out", async () => {
    const labels = { severity: "{{ if gt $value 1.0 }}high{{ end }}", instance: "at {{ $labels.instance }}", job: "" };
    const run = new Run({ labels });
    await run.minute(["a"], 5);
    await run.minute(["b"], 0);
    const seen = [...run.rule.active.values()].map((alert) => alert.labels);
    expect(seen).toEqual([
      { alertname: "Down", instance: "at a", severity: "high" },
      { alertname: "Down", instance: "at b" },
    ]);
  });

  test("ALERTS and ALERTS_FOR_STATE say state and beginning, at the time less the offset", async () => {
    const rule = new AlertingRule(config({ forMs: minuteMs }), { url: "", labels: {} });
    const query = async (): Promise<RuleSample[]> => [{ labels: { instance: "a" }, timestampMs: 0, value: 0 }];
    const evaluate = (timeMs: number): Promise<RuleSample[]> =>
      rule.evaluate({ timeMs, queryOffsetMs: 5000, limit: 0, query });
    expect(await evaluate(1_000_500)).toEqual([]);
    rule.isRestored = true;
    const own = { alertname: "Down", instance: "a" };
    expect(await evaluate(1_060_500)).toEqual([
      { labels: { ...own, __name__: "ALERTS", alertstate: "firing" }, timestampMs: 1_055_500, value: 1 },
      { labels: { ...own, __name__: "ALERTS_FOR_STATE" }, timestampMs: 1_055_500, value: 1000 },
    ]);
  });
});

describe("what is sent", () => {
  test("firing alerts at each resend delay with an end four delays on, resolved ones at once and for 15 minutes", async () => {
    const run = new Run({ forMs: minuteMs });
    await run.minute(["a"]);
    expect(run.sent()).toEqual([]);
    await run.minute(["a"]);
    expect(run.sent()).toEqual(["a 2-6"]);
    expect(run.sent()).toEqual([]);
    await run.minute(["a"]);
    // Prometheus sends again after more than the delay.
    expect(run.sent()).toEqual([]);
    await run.minute(["a"]);
    expect(run.sent()).toEqual(["a 2-8"]);
    await run.minute([]);
    expect(run.sent()).toEqual(["a 2-5"]);
    const later: string[] = [];
    for (let minute = 6; minute <= 30; minute++) {
      await run.minute([]);
      later.push(...run.sent());
    }
    expect(new Set(later)).toEqual(new Set(["a 2-5"]));
    expect(later).toHaveLength(7);
    expect(run.rule.active.size).toBe(0);
  });

  test("an alert that fires again after it was resolved has a new beginning", async () => {
    const run = new Run();
    await run.minute(["a"]);
    run.sent();
    await run.minute([]);
    expect(run.sent()).toEqual(["a 1-2"]);
    await run.minute(["a"]);
    expect(run.sent()).toEqual(["a 3-7"]);
  });
});
