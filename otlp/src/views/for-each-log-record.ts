import type { Batch } from "../model/batch.js";
import type { LogRecordView, ResourceView, ScopeView } from "../model/views.js";
import { LogRecordInPlace } from "./log-record.js";
import { walk } from "./walk.js";

/**
 * Visits every log record of a logs batch in order. The record view is a flyweight like `forEachSpan`'s: valid only
 * during the callback.
 * @throws TypeError when the batch is not of logs: a fault of the caller.
 */
export function forEachLogRecord(
  batch: Batch,
  visit: (log: LogRecordView, scope: ScopeView, resource: ResourceView) => void,
): void {
  if (batch.signal !== "logs") throw new TypeError(`cannot read log records of a ${batch.signal} batch`);
  const record = new LogRecordInPlace();
  walk(batch, (bytes, start, end, scope, resource) => {
    record.reset(bytes, start, end);
    visit(record, scope, resource);
  });
}
