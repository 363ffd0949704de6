import { formatMs, formatPercent } from "../text.js";
import { mixtureEvidence } from "./evidence.js";
import type { Hypothesis } from "./hypotheses.js";
import type { PlaceEvidence } from "./place-times.js";

/** The hypothesis in one sentence with its numbers. */
export function explain({ service, kind, evidence, broken, places, cpu }: Hypothesis, when: string): string {
  if (evidence <= 0) return `Nothing about ${service} differs from ordinary operation.`;
  if (broken !== null) {
    const off = broken.ratios.filter((ratio) => ratio > 0).length;
    const share = `${off} of ${broken.ratios.length} requests`;
    return `In ${share} ${when}, ${broken.operation} ended without the calls that it usually makes.`;
  }
  const busy =
    cpu !== null && cpu.evidence > 0
      ? `${service} used up to ${formatPercent(cpu.highestPercent / 100)} of its CPU (usually ${formatPercent(cpu.usuallyPercent / 100)})`
      : null;
  const worst = strongest(places);
  if (worst === null) return busy === null ? `${service} is slower ${when}.` : `${busy}.`;
  const slowness = `${describe(worst)} ${when}`;
  if (busy !== null) return `${busy}; ${slowness}.`;
  const scope = { delay: "calls to it are", network: "its calls in and out are", starvation: "it is", code: "it is" };
  return `${service}: ${scope[kind]} slow; ${slowness}.`;
}

function strongest(places: readonly PlaceEvidence[]): PlaceEvidence | null {
  let best: PlaceEvidence | null = null;
  let most = 0;
  for (const at of places) {
    const evidence = mixtureEvidence([at.sampled]);
    if (evidence > most) [best, most] = [at, evidence];
  }
  return best;
}

function describe({ place, usuallyUs, nowUs, slow, sampled }: PlaceEvidence): string {
  const where =
    place.kind === "link"
      ? `the way from ${place.caller} to ${place.callee} and back`
      : `the work of ${place.service} on ${place.entry}`;
  const times = `took ${formatMs(nowUs / 1000)} (median; usually ${formatMs(usuallyUs / 1000)})`;
  return `${where} ${times} and was slower than ordinary in ${slow} of ${sampled.ratios.length} requests`;
}
