import type { Batch } from "../model/batch.js";
import type { LogRecordView, ResourceView, ScopeView } from "../model/views.js";

export function forEachLogRecord(
  _batch: Batch,
  _visit: (log: LogRecordView, scope: ScopeView, resource: ResourceView) => void,
): void {
  throw new Error("not built yet");
}
