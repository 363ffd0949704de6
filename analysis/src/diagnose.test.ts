import { describe, expect, test } from "vitest";
import { diagnose, signals } from "./diagnose.js";
import type { Diagnosis } from "./model.js";
import { type ShopSettings, simulateShop } from "./testing/shop.js";

const seeds = [1, 2, 3, 4, 5];

function diagnoses(settings: ShopSettings): Diagnosis[] {
  return seeds.map((seed) => diagnose(simulateShop({ seed, ...settings })));
}

/** Kind and resource that must be named first, whatever the seed. */
function expectFirst(settings: ShopSettings, kind: string, service: string): Diagnosis[] {
  const found = diagnoses(settings);
  for (const { findings, verdict } of found) {
    expect(`${findings[0]?.kind} ${findings[0]?.resource.service}`, verdict).toBe(`${kind} ${service}`);
  }
  return found;
}

describe("silence", () => {
  const healthy: Record<string, ShopSettings> = {
    "at an easy load": {},
    "at a tenfold rate": { ratePerSecond: 200, seconds: 15 },
    "on a noisy machine": { noise: 1 },
    "with few requests": { ratePerSecond: 2 },
    "with clock skew and lost spans": { skewMs: 400, lostShare: 0.05 },
    "with slow but small steps": { queryMs: 9, externalMs: 15, hopMs: 10 },
    "without metrics": { metrics: false },
    "with slow jobs that many take at once": { jobMs: 400 },
    "with two instances that share the load": { catalogShare: 0.5 },
  };
  for (const [name, settings] of Object.entries(healthy)) {
    test(name, () => {
      for (const { findings, verdict } of diagnoses(settings)) {
        expect(findings, verdict).toEqual([]);
        expect(verdict).toMatch(/^No bottleneck at this load/);
      }
    });
  }

  test("on a machine that lacks CPU, which is said", () => {
    for (const { findings, verdict, evidenceQuality } of diagnoses({ cpuShare: 0.04, noise: 0.6 })) {
      expect(findings, verdict).toEqual([]);
      expect(verdict).toMatch(/the machine lacked CPU/);
      expect(evidenceQuality.notes.join()).toMatch(/on a CPU for only 4 % of that/);
    }
  });

  test("when there is nothing to look at", () => {
    const { verdict, findings, evidenceQuality } = diagnose({
      window: { startMs: 0, endMs: 1 },
      traces: [],
      series: {},
      load: null,
    });
    expect([findings, evidenceQuality.level]).toEqual([[], "none"]);
    expect(verdict).toMatch(/^No verdict/);
  });
});

describe("pool wait", () => {
  const exhausted: ShopSettings = { poolSize: 2, holdMs: 110 };

  test("a pool that is too small for how long connections are held", () => {
    for (const { findings } of expectFirst(exhausted, "pool-wait", "orders")) {
      const [first] = findings;
      expect(first?.title).toBe("orders waits for its database pool (2 connections)");
      expect(first?.resource).toEqual({ service: "orders", type: "connection-pool", name: "shop at 127.0.0.1:5432" });
      expect(first?.cost.shareOfP95).toBeGreaterThan(0.5);
      expect(first?.fix).toMatch(/raise the pool from 2 to \d+ connections, or release connections sooner/);
      expect(first?.confidence).toBe("high");
    }
  });

  test("the prediction comes true when the pool is raised to the size that is advised", () => {
    for (const seed of seeds) {
      const [finding] = diagnose(simulateShop({ seed, ...exhausted })).findings;
      const size = finding?.measures.suggestedPoolSize ?? 0;
      const fixed = diagnose(simulateShop({ seed, ...exhausted, poolSize: size }));
      const { before, after } = finding?.expectedGain.p95Ms ?? { before: 0, after: 0 };
      const real = fixed.focus?.p95Ms ?? 0;
      expect(real, `predicted ${before} → ${after}, was ${real}`).toBeLessThan(after * 1.35);
      expect(real).toBeGreaterThan(after * 0.65);
    }
  });

  test("from traces alone, less surely", () => {
    for (const { findings } of expectFirst({ ...exhausted, metrics: false }, "pool-wait", "orders"))
      expect(findings[0]?.confidence).toBe("medium");
  });

  test("a query that holds the connections stands before the pool when that gains more", () => {
    for (const { findings } of expectFirst({ queryMs: 180, poolSize: 3 }, "slow-query", "orders")) {
      expect(findings[1]?.kind).toBe("pool-wait");
      expect(findings[0]?.rankNote).toMatch(/held by one thing/);
    }
  });
});

describe("event loop", () => {
  test("the service that works is named, and not those that wait for it", () => {
    for (const { findings, ruledOut } of expectFirst({ cpuMs: { payments: 55 } }, "event-loop", "payments")) {
      expect(findings).toHaveLength(1);
      expect(findings[0]?.cost.shareOfP95).toBeGreaterThan(0.6);
      expect(ruledOut.find(({ why }) => why.includes("orders → payments"))?.why).toMatch(/makes the same gap/);
    }
  });

  test("a service whose pool waits are its blocked loop", () => {
    for (const { findings } of expectFirst({ cpuMs: { orders: 55 } }, "event-loop", "orders")) {
      expect(findings.map(({ kind }) => kind)).toEqual(["event-loop"]);
    }
  });

  test("where the machine is short of CPU for everybody", () => {
    expectFirst({ cpuMs: { orders: 25 }, cpuShare: 0.35, ratePerSecond: 30 }, "event-loop", "orders");
  });

  test("requests that queue before the first service's span begins are part of its cost", () => {
    const input = simulateShop({ cpuMs: { catalog: 38 } });
    const inside = diagnose(input);
    const load = { ...input.load!, p95Ms: input.load!.p95Ms * 2 };
    const outside = diagnose({ ...input, load });
    expect([inside.findings[0]?.kind, outside.findings.map(({ kind }) => kind)]).toEqual([
      "event-loop",
      ["event-loop", "front-queue"],
    ]);
  });
});

describe("network hop", () => {
  test("a distance: steady, whoever is asked", () => {
    for (const { findings } of expectFirst({ hopMs: 120 }, "network-hop", "orders")) {
      expect(findings[0]?.resource.name).toBe("orders → payments");
      expect(findings[0]?.evidence.some(({ text }) => text.includes("steady"))).toBe(true);
      expect(findings[0]?.measures.gapP50Ms).toBeGreaterThan(115);
      expect(findings[0]?.measures.gapP50Ms).toBeLessThan(130);
      expect(findings[0]?.expectedGain.p95Ms.after).toBeLessThan(25);
    }
  });

  test("clocks that differ don't matter", () => {
    expectFirst({ hopMs: 120, skewMs: -3000 }, "network-hop", "orders");
  });
});

describe("queries", () => {
  test("one slow statement, by its fingerprint", () => {
    for (const { findings } of expectFirst({ queryMs: 150, poolSize: 30 }, "slow-query", "orders")) {
      expect(findings[0]?.resource.name).toBe("SELECT stock FROM items WHERE sku = ? AND shop = ?");
    }
  });

  test("one statement many times", () => {
    for (const { findings } of expectFirst({ queries: 40, poolSize: 40 }, "n-plus-one", "orders")) {
      expect(findings[0]?.title).toMatch(/40 times per request/);
    }
  });
});

describe("the rest", () => {
  test("time without a known cause is stated as such", () => {
    for (const { findings, verdict } of expectFirst({ externalMs: 250 }, "service-time", "payments")) {
      expect(findings[0]?.confidence).toBe("low");
      expect(verdict).toMatch(/^Possibly: /);
    }
  });

  test("failing requests, by the deepest span that failed", () => {
    for (const { findings, verdict } of expectFirst({ errorShare: 0.3 }, "errors", "payments")) {
      expect(findings[0]?.title).toMatch(/\(503\)$/);
      expect(verdict).toMatch(/latency has no bottleneck/);
    }
  });

  test("a lock that orders wait for in turn", () => {
    for (const { findings, verdict } of expectFirst({ lockMs: 55, poolSize: 40 }, "lock-wait", "orders")) {
      expect(findings[0]?.resource).toMatchObject({ type: "database-lock", name: "warehouses" });
      expect(verdict).toMatch(/^orders waits for a lock on warehouses: \d+ % of p95/);
      expect(findings[0]?.confidence).toBe("high");
    }
  });

  test("a worker that falls behind, though no request waits for it", () => {
    for (const { findings, verdict } of expectFirst({ jobMs: 400, jobsAtOnce: 2 }, "queue-backlog", "worker")) {
      expect(findings[0]?.resource).toMatchObject({ type: "queue", name: "orders publish" });
      expect(verdict).toMatch(
        /^worker falls behind on orders publish: jobs wait \d+(\.\d)? s by the end.*; latency has no bottleneck/,
      );
      expect(findings[0]?.measures.busy).toBeCloseTo(2, 0);
    }
  });

  test("an instance that gets nearly all requests, and who sends them there", () => {
    for (const { findings, verdict } of expectFirst({ catalogShare: 0.95 }, "load-skew", "gateway")) {
      expect(findings[0]?.resource).toMatchObject({ type: "load-balancer", name: "catalog" });
      expect(verdict).toMatch(/^gateway sends 9\d % of catalog's requests to one of its 2 instances; latency has no/);
    }
  });

  test("two faults at once are both named", () => {
    for (const { findings } of diagnoses({ hopMs: 200, queryMs: 200, poolSize: 40 })) {
      expect(findings.map(({ kind }) => kind).sort()).toEqual(["network-hop", "slow-query"]);
    }
  });
});

test("a diagnosis is deterministic and survives JSON", () => {
  const input = simulateShop({ poolSize: 2, holdMs: 110 });
  const first = diagnose(input);
  expect(diagnose(simulateShop({ poolSize: 2, holdMs: 110 }))).toEqual(first);
  expect(JSON.parse(JSON.stringify(first))).toEqual(first);
});

test("every finding carries what a reader needs to check it", () => {
  for (const settings of [
    { poolSize: 2, holdMs: 110 },
    { cpuMs: { payments: 55 } },
    { hopMs: 200 },
    { queryMs: 180, poolSize: 30 },
    { errorShare: 0.4 },
  ]) {
    const input = simulateShop(settings);
    const known = new Set(input.traces.map(({ traceId }) => traceId));
    for (const finding of diagnose(input).findings) {
      expect(
        finding.evidence.some(({ query }) => query !== undefined),
        finding.kind,
      ).toBe(true);
      expect(finding.exemplarTraceIds.length, finding.kind).toBeGreaterThan(0);
      expect(finding.exemplarTraceIds.every((id) => known.has(id))).toBe(true);
      expect(finding.expectedGain.p95Ms.after).toBeLessThanOrEqual(finding.expectedGain.p95Ms.before);
      expect(finding.cost.shareOfP95).toBeLessThanOrEqual(1);
    }
  }
});

test("signals have distinct names", () => {
  expect(new Set(signals.map(({ name }) => name)).size).toBe(signals.length);
});

test("traces that were fetched for being slow don't move percentiles", () => {
  const input = simulateShop({});
  const slow = simulateShop({ hopMs: 900, seed: 9 }).traces.map((trace) => ({ ...trace, extra: true }));
  const { focus } = diagnose({ ...input, traces: [...input.traces, ...slow] });
  expect(focus?.p95Ms).toBe(diagnose(input).focus?.p95Ms);
});
