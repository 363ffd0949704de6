import { quantile } from "../numbers.js";
import { mixtureEvidence } from "./evidence.js";
import { Magnitudes } from "./magnitude.js";
import type { RcaTraceSettings, TraceIncident } from "./model.js";

export interface CpuEvidence {
  readonly evidence: number;
  readonly usuallyPercent: number;
  readonly highestPercent: number;
}

/** Each service's CPU use since the alert against its own and everybody's history before it. */
export function judgeCpu(
  { cpu, alertTimeS }: Pick<TraceIncident, "cpu" | "alertTimeS">,
  settings: RcaTraceSettings,
): Map<string, CpuEvidence> {
  const before = new Map<string, number[]>();
  const after = new Map<string, number[]>();
  for (const [service, samples] of cpu) {
    const use = (since: boolean): number[] =>
      samples.filter(({ timeS }) => timeS > alertTimeS === since).map(({ cpuPercent }) => cpuPercent);
    before.set(service, use(false));
    after.set(service, use(true));
  }
  const magnitudes = new Magnitudes(before, {
    resolution: settings.resolutionPercent,
    ceiling: 100,
    priorSamples: settings.priorSamples,
  });
  const judged = new Map<string, CpuEvidence>();
  for (const [service, uses] of after) {
    if (uses.length === 0 || magnitudes.median(service) === undefined) continue;
    const ratios = uses.map((use) => magnitudes.ratio(service, use) ?? 0);
    const evidence = mixtureEvidence([{ ratios, weight: 1 }]);
    const usuallyPercent = quantile(before.get(service) ?? [], 0.5);
    judged.set(service, { evidence, usuallyPercent, highestPercent: Math.max(...uses) });
  }
  return judged;
}
