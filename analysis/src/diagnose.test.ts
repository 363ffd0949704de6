import { describe, expect, it } from "vitest";
import { diagnose } from "./diagnose.js";
import { type ShopSettings, simulateShop } from "./testing/shop.js";

const scenarios: Record<string, ShopSettings> = {
  healthy: {},
  pool: { poolSize: 2, holdMs: 110 },
  cpu: { cpuMs: { payments: 50 }, ratePerSecond: 44 },
  cpucat: { cpuMs: { catalog: 38 } },
  hop: { hopMs: 200 },
  query: { queryMs: 180, poolSize: 20 },
  queryPool: { queryMs: 180, poolSize: 3 },
  nplus: { queries: 30, poolSize: 30 },
  ext: { externalMs: 200 },
  errors: { errorShare: 0.3 },
};
describe("x", () => {
  for (const [name, settings] of Object.entries(scenarios)) {
    it(name, () => {
      const d = diagnose(simulateShop(settings));
      console.log(
        name,
        d.verdict,
        JSON.stringify(
          d.findings.map((f) => [f.kind, f.resource.service, f.cost.shareOfP95, f.confidence, f.expectedGain.p95Ms]),
        ),
        JSON.stringify(d.ruledOut, null, 1),
      );
      expect(d).toBeTruthy();
    });
  }
});
