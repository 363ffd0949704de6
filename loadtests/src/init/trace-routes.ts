import { buildTree, type Trace } from "@venturi/analysis";
import type { Route } from "./route.js";

/** The routes that a running service was asked for, in their shares, each with a path that was really asked for. */
export function traceRoutes(traces: readonly Trace[], rootService: string): Route[] {
  const found = new Map<string, { method: string; template: string; path: string; weight: number }>();
  for (const trace of traces) {
    const span = trace.extra === true ? undefined : buildTree(trace, rootService)?.root.span;
    if (span === undefined || span.kind !== "server") continue;
    const method = span.attributes["http.request.method"];
    const path = span.attributes["url.path"];
    if (typeof method !== "string" || typeof path !== "string") continue;
    const template = String(span.attributes["http.route"] ?? path);
    const key = `${method} ${template}`;
    const route = found.get(key) ?? { method, template, path, weight: 0 };
    // A request that failed is no path to go on with.
    if (!span.error) route.path = path;
    route.weight++;
    found.set(key, route);
  }
  return [...found.values()].sort((a, b) => b.weight - a.weight || (a.template < b.template ? -1 : 1));
}
