import { setImmediate } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { RuleHarness, startMs } from "../testing/rule-harness.js";

const minuteMs = 60_000;

const recording = `groups:
- name: b
  rules:
  - record: twice
    expr: once * 2
  - record: thrice
    expr: twice + once
    labels: { kind: "{{ no template }}" }
- name: a
  rules: [{ record: four, expr: "vector(4)" }, { record: five, expr: "5" }]
`;

describe("recording", () => {
  test("rules of a group see what those before them wrote; labels are put over the result's", async () => {
    const harness = await RuleHarness.open();
    await harness.file("r.yml", recording);
    const rules = await harness.rules();
    expect(rules.groups.map(({ config }) => config.name)).toEqual(["a", "b"]);
    harness.write({ __name__: "once", job: "x" }, 10);
    await harness.step(rules, 0);
    expect(await harness.query('{__name__=~"tw.*|th.*|f.*"}')).toEqual([
      "{__name__=four} 4",
      "{__name__=five} 5",
      "{__name__=twice,job=x} 20",
      "{__name__=thrice,job=x,kind={{ no template }}} 30",
    ]);
  });

  test("a series that is no longer there is marked stale, and so is that of a failing limit not", async () => {
    const harness = await RuleHarness.open();
    await harness.file("r.yml", "groups: [{ name: g, limit: 2, rules: [{ record: r, expr: m > 0 }] }]");
    const rules = await harness.rules();
    for (const job of ["x", "y"]) harness.write({ __name__: "m", job }, 1);
    await harness.step(rules, 0);
    expect(await harness.query("r")).toHaveLength(2);
    harness.clock.now += minuteMs;
    harness.write({ __name__: "m", job: "x" }, 0);
    await harness.step(rules, 0);
    expect(await harness.query("r")).toEqual(["{__name__=r,job=y} 1"]);
    for (const job of ["x", "z"]) harness.write({ __name__: "m", job }, 1);
    harness.clock.now += 1;
    for (const job of ["x", "z"]) harness.write({ __name__: "m", job }, 1);
    await harness.step(rules, 0);
    expect(rules.groups[0]?.rules[0]?.outcome).toMatchObject({
      health: "err",
      lastError: "exceeded limit of 2 with 3 series",
    });
    expect(await harness.query("r")).toEqual(["{__name__=r,job=y} 1"]);
  });

  test("the offset moves the query and the sample", async () => {
    const harness = await RuleHarness.open();
    await harness.file("r.yml", "groups: [{ name: g, query_offset: 1m, rules: [{ record: r, expr: m }] }]");
    const rules = await harness.rules();
    harness.write({ __name__: "m" }, 1);
    harness.clock.now += minuteMs;
    harness.write({ __name__: "m" }, 2);
    await harness.step(rules, 0);
    expect(await harness.query(`r @ ${startMs / 1000}`)).toEqual(["{__name__=r} 1"]);
    expect(await harness.query("timestamp(r)")).toEqual([`{} ${startMs / 1000}`]);
  });

  test("histograms are recorded, and marked stale", async () => {
    const harness = await RuleHarness.open();
    await harness.file("r.yml", "groups: [{ name: g, rules: [{ record: r, expr: h }] }]");
    const rules = await harness.rules();
    const spans = { positiveSpans: [{ offset: 0, length: 1 }], negativeSpans: [] };
    const buckets = { positiveBuckets: Float64Array.of(4), negativeBuckets: new Float64Array() };
    const zero = { schema: 0, zeroThreshold: 0, zeroCount: 0, counterResetHint: 0 } as const;
    const histogram = { ...zero, ...spans, ...buckets, count: 4, sum: 5 };
    harness.metrics.appendHistogram([["__name__", "h"]], startMs, histogram, harness.writes.pending);
    await harness.step(rules, 0);
    expect(await harness.query("histogram_count(r)")).toEqual(["{} 4"]);
    await harness.step(rules, 6 * minuteMs);
    expect(await harness.query("r")).toEqual([]);
    expect(await harness.query(`count_over_time(r[10m])`)).toEqual(["{} 1"]);
  });

  test("what cannot be recorded is the rule's error, and the next rule goes on", async () => {
    const harness = await RuleHarness.open();
    await harness.file(
      "r.yml",
      `groups:
- name: g
  rules:
  - { record: text, expr: "'a'" }
  - { record: same, expr: m, labels: { job: "" , __x__: "1" } }
  - { record: m, expr: "vector(7)" }
  - { record: ok, expr: "vector(1)" }
`,
    );
    const rules = await harness.rules();
    for (const job of ["x", "y"]) harness.write({ __name__: "m", job }, 1);
    harness.write({ __name__: "m" }, 1);
    await harness.step(rules, 0);
    const outcomes = rules.groups[0]?.rules.map(({ outcome }) => outcome.lastError);
    expect(outcomes).toEqual([
      "rule result is not a vector or scalar",
      "vector contains metrics with the same labelset after applying rule labels",
      "duplicate sample for timestamp",
      "",
    ]);
    expect(harness.log).toContain('store: rule "text" failed: rule result is not a vector or scalar');
    await harness.step(rules, minuteMs);
    expect(harness.log.filter((line) => line.includes('"text"'))).toHaveLength(1);
    expect(rules.groups[0]?.rules[2]?.outcome).toMatchObject({ health: "ok", lastError: "" });
  });
});

const alert = (forTime: string): string => `groups:
- name: g
  rules: [{ alert: Down, expr: up == 0, for: ${forTime}, labels: { severity: page } }]
`;

describe("restart", () => {
  // The first run lasts `runMinutes`, the second begins `outageMinutes` later and restores after its second evaluation.
  test.each([
    ["had to wait less than the grace time: it waits so long", 55, 12, 55 + 12 + 1 + 10],
    ["had to wait longer: the time in which nobody looked is not counted", 20, 12, 60 + 12 + 1],
    ["was firing: it fires at once", 70, 12, 70 + 12 + 2],
    ["was firing before an outage of more than an hour: it begins anew", 70, 65, 70 + 65 + 60],
  ])("an alert that %s", async (_, runMinutes, outageMinutes, firesAtMinute) => {
    const harness = await RuleHarness.open();
    await harness.file("r.yml", alert("1h"));
    const minute = async (rules: Awaited<ReturnType<RuleHarness["rules"]>>): Promise<string | undefined> => {
      harness.write({ __name__: "up", job: "x" }, 0);
      await harness.step(rules, 0);
      harness.clock.now += minuteMs;
      return rules.groups[0]?.rules[0]?.kind === "alerting" ? rules.groups[0].rules[0].state : undefined;
    };
    const first = await harness.rules();
    for (let i = 0; i <= runMinutes; i++) await minute(first);
    harness.clock.now = startMs + (runMinutes + outageMinutes) * minuteMs;
    const second = await harness.rules();
    let firedAtMinute = 0;
    for (let i = 0; firedAtMinute === 0 && i < 200; i++) {
      const atMinute = (harness.clock.now - startMs) / minuteMs;
      if ((await minute(second)) === "firing") firedAtMinute = atMinute;
    }
    expect(firedAtMinute).toBe(firesAtMinute);
  });
});

describe("reload", () => {
  test("keeps unchanged groups, alerts of changed ones, and the old rules when the new are wrong", async () => {
    const harness = await RuleHarness.open();
    await harness.file("r.yml", alert("5m"));
    await harness.file("s.yml", "groups: [{ name: s, rules: [{ record: r, expr: up + 1 }] }]");
    const rules = await harness.rules();
    harness.write({ __name__: "up", job: "x" }, 0);
    await harness.step(rules, 0);
    const [changed, same] = rules.groups;
    await harness.file("r.yml", alert("2m"));
    await rules.reload();
    expect(rules.groups[0]).not.toBe(changed);
    expect(rules.groups[1]).toBe(same);
    await harness.step(rules, 2 * minuteMs);
    expect(await harness.query("ALERTS")).toEqual([
      "{__name__=ALERTS,alertname=Down,alertstate=firing,job=x,severity=page} 1",
    ]);
    await harness.file("r.yml", "groups: [{ nam: g }]");
    const before = rules.groups;
    await expect(rules.reload()).rejects.toThrow(/^cannot read rules: .*r\.yml:1:12: unknown field "nam"$/);
    expect(rules.groups).toEqual(before);
  });

  test("series of a rule that is no more are marked stale", async () => {
    const harness = await RuleHarness.open();
    const yaml = (rules: string): string => `groups: [{ name: g, rules: [${rules}] }]`;
    await harness.file(
      "r.yml",
      yaml('{ record: one, expr: "1" }, { record: two, expr: "2" }, { record: one, expr: "3" }'),
    );
    const rules = await harness.rules();
    await harness.step(rules, 0);
    await harness.file("r.yml", yaml('{ record: one, expr: "1" }'));
    await rules.reload();
    expect(await harness.query("two")).toHaveLength(1);
    await harness.step(rules, minuteMs);
    expect(await harness.query("two")).toEqual([]);
    expect(await harness.query("one")).toEqual(["{__name__=one} 1"]);
  });

  test("a group that is gone is marked stale two intervals later, unless another goes on with its series", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const harness = await RuleHarness.open();
      await harness.file(
        "r.yml",
        'groups: [{ name: g, rules: [{ record: one, expr: "1" }, { record: two, expr: "2" }] }]',
      );
      const rules = await harness.rules();
      await harness.step(rules, 0);
      await harness.file("r.yml", 'groups: [{ name: h, rules: [{ record: one, expr: "1" }] }]');
      harness.clock.now += minuteMs;
      await rules.reload();
      await harness.step(rules, minuteMs);
      expect(await harness.query("two")).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(2 * minuteMs);
      await rules.reload();
      expect(await harness.query("two")).toEqual([]);
      expect(await harness.query("one")).toEqual(["{__name__=one} 1"]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("the timer", () => {
  test("evaluates each group at its own times, and makes up for the last of those that passed", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: startMs });
    try {
      const harness = await RuleHarness.open();
      Object.defineProperty(harness.clock, "now", { get: Date.now });
      await harness.file("r.yml", "groups: [{ name: g, interval: 10s, rules: [{ record: t, expr: time() }] }]");
      const rules = await harness.rules();
      const [group] = rules.groups;
      const slotMs = (group?.slot.lastMs(startMs) ?? 0) + 10_000;
      rules.start();
      const evaluated = async (atMs: number): Promise<void> => {
        while (group?.evaluatedAtMs !== atMs) await setImmediate();
        await setImmediate();
      };
      vi.advanceTimersByTime(slotMs - startMs);
      await evaluated(slotMs);
      expect(await harness.query("t * 1000")).toEqual([`{} ${slotMs}`]);
      vi.advanceTimersByTime(10_000);
      await evaluated(slotMs + 10_000);
      // The machine sleeps for 37 s: the time of 20 s is evaluated late, then the last one that passed, 50 s.
      vi.setSystemTime(slotMs + 47_000);
      vi.advanceTimersByTime(10_000);
      await evaluated(slotMs + 57_000);
      expect(await harness.query("t * 1000")).toEqual([`{} ${slotMs + 20_000}`]);
      vi.advanceTimersByTime(1);
      while ((await harness.query("t * 1000"))[0] !== `{} ${slotMs + 50_000}`) await setImmediate();
      await rules.stop();
      harness.writes.stop();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
