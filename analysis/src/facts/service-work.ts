import type { DetectorContext } from "../detector.js";
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
  const own = new Map<string, number[]>();
  let visits = 0;
  for (const { tree } of sample) {
    for (const node of tree.nodes) {
      if (node.span.service !== service || node.span.kind !== "server") continue;
      visits++;
      own.set(node.span.name, [...(own.get(node.span.name) ?? []), ownUs(node) / 1000]);
    }
  }
  let least = 0;
  for (const times of own.values()) least += quantile(times, 0.1) * times.length;
  return {
    visitsPerSecond: requestRate === null ? null : (visits / Math.max(1, sample.length)) * requestRate,
    leastOwnMs: visits === 0 ? 0 : least / visits,
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
