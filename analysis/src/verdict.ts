import type { Focus } from "./facts/requests.js";
import type { EvidenceQuality, Finding, LoadSummary } from "./model.js";
import { formatMs, formatNumber, formatPercent } from "./text.js";

/** The diagnosis in one sentence. */
export function verdictOf(
  findings: readonly Finding[],
  focus: Focus | null,
  load: LoadSummary | null,
  quality: EvidenceQuality,
): string {
  if (focus === null || quality.level === "none")
    return "No verdict: no traced request was found in the time under load.";
  const [first] = findings;
  const p95Ms = load?.p95Ms ?? focus.p95Ms;
  const at =
    load === null ? `p95 ${formatMs(p95Ms)}` : `${formatNumber(load.ratePerSecond)} req/s, p95 ${formatMs(p95Ms)}`;
  if (first === undefined) {
    if (quality.machineLacksCpu)
      return `No bottleneck in the services at this load, but the machine lacked CPU (${at}).`;
    return `No bottleneck at this load (${at})${quality.level === "thin" ? ", as far as thin evidence tells" : ""}.`;
  }
  const doubt = first.confidence === "low" ? "Possibly: " : "";
  if (first.kind === "errors") return `${doubt}${first.title}; latency has no bottleneck (${at}).`;
  const { before, after } = first.expectedGain.p95Ms;
  return `${doubt}${first.title}: ${formatPercent(first.cost.shareOfP95)} of p95 (${formatMs(first.cost.p95Ms)} of ${formatMs(before)}); ${first.kind === "service-time" ? "with half of it" : "without it"} p95 would be about ${formatMs(after)}.`;
}
