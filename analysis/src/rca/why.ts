import { formatNumber, formatPercent } from "../text.js";
import type { Incident, Suspect } from "./incident.js";
import type { AlertTarget } from "./model.js";

function amount(metric: Suspect["metric"], value: number): string {
  return metric === "latency" ? `${formatNumber(value)} s` : `${formatNumber(value)} failed requests`;
}

/** One sentence: what the node adds, how unusual that is, and how much of the alerted node's trouble it would explain. */
export function whySuspect(
  suspect: Suspect,
  { targetExcess }: Incident,
  intervalS: number,
  alert: AlertTarget,
): string {
  const { metric, own, excess, sigmas, certain } = suspect;
  const per = `per ${formatNumber(intervalS / 60)} min`;
  const theirs = excess - own > 0.1 * excess ? ` (its callees add ${amount(metric, excess - own)})` : "";
  const added = `It adds ${amount(metric, own)} ${per} of its own${theirs}`;
  if (certain === 0) return `${added}, which is within its usual noise.`;
  const unusual = `${formatNumber(Math.round(Math.min(sigmas, 1000)))} standard deviations above what is usual`;
  if (metric !== alert.metric) return `${added}, ${unusual}, but in another metric than the alert's.`;
  const share = formatPercent(Math.min(1, certain / targetExcess));
  const whole = suspect.node === alert.node ? "its whole excess" : `the excess of ${alert.node}`;
  return `${added}, ${unusual}; that accounts for ${share} of ${whole} (${amount(metric, targetExcess)}).`;
}
