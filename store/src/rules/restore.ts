import type { SeriesSource } from "@venturi/promql";
import { isStaleNaN, newMatcher } from "@venturi/promql";
import type { AlertingRule } from "./alerting-rule.js";
import { labelKey } from "./labels.js";

/** An interruption longer than this is not bridged: the alert begins anew. */
const outageToleranceMs = 3_600_000;
/** After an interruption, an alert waits at least so long before it fires; shorter `for` are not restored. */
const graceMs = 10 * 60_000;

/**
 * Gives alerts that are active again the time at which they became active in an earlier run, from ALERTS_FOR_STATE. The
 * time in which nobody looked does not count as pending.
 */
export async function restoreAlerts(rule: AlertingRule, source: SeriesSource, nowMs: number): Promise<void> {
  const { forMs, name, labels } = rule.config;
  if (forMs >= graceMs && rule.active.size > 0) {
    const fixed = Object.entries(labels).filter(([, value]) => !value.includes("{{"));
    const wanted = [...fixed, ["__name__", "ALERTS_FOR_STATE"], ["alertname", name]] as [string, string][];
    const matchers = wanted.map(([label, value]) => newMatcher(label, "=", value));
    for (const series of await source.select(matchers, nowMs - outageToleranceMs, nowMs)) {
      const { __name__: _, ...own } = series.labels;
      const alert = rule.active.get(labelKey(own));
      const last = series.values.length - 1;
      const activeAtSeconds = series.values[last];
      if (alert === undefined || activeAtSeconds === undefined || isStaleNaN(activeAtSeconds)) continue;
      const seenAtMs = Math.floor((series.timestampsMs[last] as number) / 1000) * 1000;
      alert.activeAtMs = restoredTime(activeAtSeconds * 1000, seenAtMs, forMs, nowMs);
    }
  }
  rule.isRestored = true;
}

function restoredTime(activeAtMs: number, seenAtMs: number, forMs: number, nowMs: number): number {
  const remainingMs = forMs - (seenAtMs - activeAtMs);
  // It was firing: the next evaluation makes it fire again.
  if (remainingMs <= 0) return activeAtMs;
  if (remainingMs < graceMs) return nowMs + graceMs - forMs;
  return activeAtMs + (nowMs - seenAtMs);
}
