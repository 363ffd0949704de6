import { buildTree, type Trace } from "@venturi/analysis";
import type { Samples } from "../k6/measurements.js";

/** The requests of traces as the first service saw them, in the shape of a load test's, so that they compare alike. */
export function traceSamples(traces: readonly Trace[], rootService: string): Samples {
  const operations = new Map<string, number>();
  const rows = traces.flatMap((trace) => {
    // Traces that were fetched for being slow would shift every percentile.
    const root = trace.extra === true ? undefined : buildTree(trace, rootService)?.root;
    if (root === undefined) return [];
    const name = root.span.name;
    if (!operations.has(name)) operations.set(name, operations.size);
    return [{ ...root, operation: operations.get(name) ?? 0, failed: root.span.error ? 1 : 0 }];
  });
  return {
    endpoints: [...operations.keys()].map((name) => ({ method: "", name })),
    endpoint: Float64Array.from(rows, (row) => row.operation),
    endMs: Float64Array.from(rows, (row) => row.endUs / 1000),
    durationMs: Float64Array.from(rows, (row) => (row.endUs - row.startUs) / 1000),
    failed: Float64Array.from(rows, (row) => row.failed),
  };
}
