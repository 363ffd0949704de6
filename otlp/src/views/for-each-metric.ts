import type { Batch } from "../model/batch.js";
import type { Metric } from "../model/metric.js";
import type { ResourceView, ScopeView } from "../model/views.js";

export function forEachMetric(
  _batch: Batch,
  _visit: (metric: Metric, scope: ScopeView, resource: ResourceView) => void,
): void {
  throw new Error("not built yet");
}
