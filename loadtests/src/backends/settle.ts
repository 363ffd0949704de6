import { setTimeout as delay } from "node:timers/promises";
import { LoadTestError } from "../load-test-error.js";
import type { JaegerClient, TimeWindow } from "./jaeger.js";
import type { PrometheusClient } from "./prometheus.js";

/** Services export spans every 5 s by default, each at its own moment: before that, no silence means anything. */
const leastMs = 5_500;
const pollMs = 750;
/** Metrics are exported every minute by default; nobody waits for that. What is missing then is said. */
const mostMs = 20_000;
const probeTraces = 200;
const freshnessQuery = "max(timestamp(nodejs_eventloop_utilization_ratio))";

export interface SettleSettings {
  readonly jaeger: JaegerClient;
  readonly prometheus: PrometheusClient;
  readonly rootService: string | undefined;
  readonly window: TimeWindow;
  readonly leastMs?: number;
  readonly mostMs?: number;
}

/**
 * Waits until what the load caused has arrived at the backends: the traces of the load's last part don't change from
 * one look to the next, and the runtime metrics reach up to the load's end. Bounded.
 * @returns what had not arrived, in sentences
 */
export async function settle(settings: SettleSettings): Promise<string[]> {
  const { window } = settings;
  const least = settings.leastMs ?? leastMs;
  const most = settings.mostMs ?? mostMs;
  let before = "";
  for (;;) {
    const elapsedMs = Date.now() - window.endMs;
    const now = await lookAt(settings);
    const stable = now.traces !== "" && now.traces === before;
    const fresh = now.metricsAtMs !== null && now.metricsAtMs >= window.endMs;
    if (elapsedMs >= least && stable && (fresh || (now.metricsAtMs === null && elapsedMs >= 2 * least))) return [];
    if (elapsedMs >= most) return whatIsMissing(stable, now.metricsAtMs, window.endMs);
    before = now.traces;
    await delay(pollMs);
  }
}

async function lookAt({
  jaeger,
  prometheus,
  rootService,
  window,
}: SettleSettings): Promise<{ traces: string; metricsAtMs: number | null }> {
  const lastPart = {
    startMs: window.endMs - Math.min(5_000, (window.endMs - window.startMs) / 2),
    endMs: window.endMs,
  };
  const services = rootService === undefined ? await jaeger.services() : [rootService];
  const counts: string[] = [];
  for (const service of services) {
    const traces = await jaeger.traces(service, lastPart, probeTraces);
    const spans = traces.reduce((total, trace) => total + trace.spans.length, 0);
    if (traces.length > 0) counts.push(`${service} ${traces.length} ${spans}`);
  }
  return { traces: counts.join("\n"), metricsAtMs: await newestMetric(prometheus) };
}

async function newestMetric(prometheus: PrometheusClient): Promise<number | null> {
  try {
    const seconds = await prometheus.value(freshnessQuery);
    return seconds === null ? null : seconds * 1000;
  } catch (error) {
    if (error instanceof LoadTestError) return null;
    throw error;
  }
}

function whatIsMissing(stable: boolean, metricsAtMs: number | null, endMs: number): string[] {
  const missing: string[] = [];
  if (!stable) missing.push("Traces were still arriving when the diagnosis was made: some may be incomplete.");
  if (metricsAtMs === null)
    missing.push("No Node.js runtime metrics arrived: what needs them (event loops) could not be judged.");
  else if (metricsAtMs < endMs) {
    missing.push(
      `Runtime metrics end ${((endMs - metricsAtMs) / 1000).toFixed(0)} s before the load did: export them more often (OTEL_METRIC_EXPORT_INTERVAL).`,
    );
  }
  return missing;
}
