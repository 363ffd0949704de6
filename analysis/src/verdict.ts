import type { Request } from "./facts/requests.js";
import type { EvidenceQuality, Finding, LoadSummary } from "./model.js";
import { quantile } from "./numbers.js";
import { formatMs, formatNumber, formatPercent } from "./text.js";

interface VerdictFacts {
  readonly findings: readonly Finding[];
  readonly requests: readonly Request[];
  readonly load: LoadSummary | null;
  readonly quality: EvidenceQuality;
  readonly warmUpSeconds: number;
}

/** The diagnosis in one sentence. */
export function verdictOf(facts: VerdictFacts): string {
  const { findings, quality } = facts;
  if (quality.level === "none") return "No verdict: no traced request was found in the time under load.";
  const [first] = findings;
  const at = `(${loadOf(facts)})`;
  if (first === undefined) {
    if (quality.machineLacksCpu) return `No bottleneck in the services at this load, but the machine lacked CPU ${at}.`;
    return `No bottleneck at this load ${at}${quality.level === "thin" ? ", as far as thin evidence tells" : ""}.`;
  }
  const doubt = first.confidence === "low" ? "Possibly: " : "";
  if (first.besidesLatency === true) return `${doubt}${first.title}; latency has no bottleneck ${at}.`;
  const { before, after } = first.expectedGain.p95Ms;
  const without = first.kind === "service-time" ? "with half of it" : "without it";
  return `${doubt}${first.title}: ${formatPercent(first.cost.shareOfP95)} of p95 (${formatMs(first.cost.p95Ms)} of ${formatMs(before)}); ${without} p95 would be about ${formatMs(after)}.`;
}

/** `40 req/s, p95 38 ms`: as the load generator saw it; after a cold start, as the first service did. */
function loadOf({ requests, load, warmUpSeconds }: VerdictFacts): string {
  const durations = requests.filter((request) => !request.extra).map((request) => request.durationUs);
  const inside = quantile(durations, 0.95) / 1000;
  const rate = load === null ? "" : `${formatNumber(load.ratePerSecond)} req/s, `;
  if (warmUpSeconds > 0)
    return `${rate}p95 ${formatMs(inside)} after a cold start of ${formatNumber(Math.round(warmUpSeconds))} s`;
  return `${rate}p95 ${formatMs(load?.p95Ms ?? inside)}`;
}
