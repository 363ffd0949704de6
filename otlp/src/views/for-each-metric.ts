import type { Batch } from "../model/batch.js";
import type { Metric } from "../model/metric.js";
import type { ResourceView, ScopeView } from "../model/views.js";
import { decodeMetric } from "./metric.js";
import { walk } from "./walk.js";

/**
 * Visits every metric of a metrics batch in order, decoded: the metric object is the visitor's to keep.
 * @throws TypeError when the batch is not of metrics: a fault of the caller.
 */
export function forEachMetric(
  batch: Batch,
  visit: (metric: Metric, scope: ScopeView, resource: ResourceView) => void,
): void {
  if (batch.signal !== "metrics") throw new TypeError(`cannot read metrics of a ${batch.signal} batch`);
  walk(batch, (bytes, start, end, scope, resource) => visit(decodeMetric(bytes, start, end), scope, resource));
}
