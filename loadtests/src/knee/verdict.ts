import { type Diagnosis, formatNumber, type ResourceUse } from "@venturi/analysis";
import type { KneeReport } from "./knee-report.js";

/** From here on a resource is taken to be what held the rest up: work waits longer for it than it takes. */
const fullFrom = 0.7;

/**
 * What fills first: the resource that the growing load filled and that fills at the lowest rate, else what the diagnosis
 * of the busiest time names; null when neither shows anything.
 */
export function saturatedResource(resources: readonly ResourceUse[], diagnosis: Diagnosis | null): string | null {
  const full = resources.find(({ utilization }) => utilization >= fullFrom);
  if (full !== undefined) return full.name;
  const [finding] = diagnosis?.findings ?? [];
  return finding === undefined ? null : finding.title;
}

type Facts = Pick<KneeReport, "capacity" | "kneeRate" | "resources" | "saturated">;

export function kneeVerdict(facts: Facts & { readonly isLimitFound: boolean }): string {
  const { capacity, kneeRate, resources, saturated, isLimitFound } = facts;
  const rate = `${formatNumber(Math.round(capacity))} req/s`;
  if (!isLimitFound) return `It took ${rate} and its limit was not reached.`;
  const knee =
    kneeRate === null || kneeRate > capacity ? "" : `, latency climbs from ${formatNumber(Math.round(kneeRate))} req/s`;
  if (saturated === null) return `It takes ${rate}${knee}; the telemetry does not show what fills first.`;
  const next = resources.find(({ name, capacity: limit }) => name !== saturated && limit > capacity);
  const then =
    next === undefined
      ? ""
      : `; next would be the ${next.name}, at about ${formatNumber(Math.round(next.capacity))} req/s`;
  const isResource = resources.some(({ name }) => name === saturated);
  return `It takes ${rate}${knee}; ${isResource ? `the ${saturated} fills first` : saturated}${then}.`;
}
