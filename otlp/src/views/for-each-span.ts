import type { Batch } from "../model/batch.js";
import type { ResourceView, ScopeView, SpanView } from "../model/views.js";

export function forEachSpan(
  _batch: Batch,
  _visit: (span: SpanView, scope: ScopeView, resource: ResourceView) => void,
): void {
  throw new Error("not built yet");
}
