import type { SpanNode } from "../trace/span-node.js";
import type { EventLoop } from "./event-loops.js";
import type { Request } from "./requests.js";

/** How the requests to a service were spread over its instances. */
export interface Spread {
  readonly service: string;
  /** The service that called it most often; null when the load did. */
  readonly caller: string | null;
  /** By instance, the busiest first; instances that are known by their metrics alone got none. */
  readonly requests: readonly (readonly [instance: string, count: number])[];
  readonly total: number;
}

/** Of every service with more than one instance. */
export function spreads(requests: readonly Request[], loops: readonly EventLoop[]): Spread[] {
  const services = new Map<string, { counts: Map<string, number>; callers: Map<string, number> }>();
  const of = (service: string) => {
    const found = services.get(service) ?? { counts: new Map<string, number>(), callers: new Map<string, number>() };
    services.set(service, found);
    return found;
  };
  for (const { service, instance } of loops) if (instance !== "") of(service).counts.set(instance, 0);
  for (const { tree, extra } of requests) {
    if (extra) continue;
    for (const node of tree.nodes) {
      const { kind, service, instance } = node.span;
      if (kind !== "server" || instance === "") continue;
      const { counts, callers } = of(service);
      add(counts, instance);
      add(callers, callerOf(node) ?? "");
    }
  }
  return [...services].flatMap(([service, { counts, callers }]) => {
    if (counts.size < 2) return [];
    const caller = byCount(callers)[0]?.[0] ?? "";
    const spread = byCount(counts);
    const total = spread.reduce((sum, [, count]) => sum + count, 0);
    return [{ service, caller: caller === "" ? null : caller, requests: spread, total }];
  });
}

function callerOf({ span, parent }: SpanNode): string | undefined {
  return parent === null || parent.span.service === span.service ? undefined : parent.span.service;
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function byCount(counts: ReadonlyMap<string, number>): (readonly [string, number])[] {
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}
