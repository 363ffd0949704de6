import type { DetectorContext } from "../detector.js";
import { groupBy } from "../group.js";
import { quantile } from "../numbers.js";
import type { SpanNode } from "../trace/span-node.js";

export interface ServiceWork {
  /** Requests that the service handles, all instances together; null when the load's rate is not known. */
  readonly visitsPerSecond: number | null;
  /** The 10th percentile of a request's own time in the service: what each takes even when nothing is in its way. */
  readonly leastOwnMs: number;
}

/**
 * What a service does itself for each request. Waiting for a CPU or for another request's work comes and goes; what even
 * the quickest tenth of the requests takes is done (or slept) for every one.
 */
export function serviceWork(
  { requests, requestRate }: Pick<DetectorContext, "requests" | "requestRate">,
  service: string,
): ServiceWork {
  const sample = requests.filter((request) => !request.extra);
  const visits = sample.flatMap(({ tree }) =>
    tree.nodes.filter((node) => node.span.service === service && node.span.kind === "server"),
  );
  let least = 0;
  for (const same of groupBy(visits, (node) => node.span.name).values()) {
    least += quantile(same.map(ownUs), 0.1) * same.length;
  }
  return {
    visitsPerSecond: requestRate === null ? null : (visits.length / Math.max(1, sample.length)) * requestRate,
    leastOwnMs: visits.length === 0 ? 0 : least / visits.length / 1000,
  };
}

/** The part of a span's duration in which none of its children was active. */
function ownUs(node: SpanNode): number {
  let own = 0;
  let covered = node.startUs;
  for (const child of [...node.children].sort((a, b) => a.startUs - b.startUs)) {
    if (child.startUs > covered) own += child.startUs - covered;
    covered = Math.max(covered, child.endUs);
  }
  return own + Math.max(0, node.endUs - covered);
}
