import type { Batch } from "../model/batch.js";
import type { ResourceView, ScopeView, SpanView } from "../model/views.js";
import { SpanInPlace } from "./span.js";
import { walk } from "./walk.js";

/**
 * Visits every span of a traces batch in order. The span view is a flyweight: one object is moved over the bytes and
 * decodes what is read from it, so it is valid only during the callback. Scope and resource views live on, and are the
 * same object for as long as the scope or resource is the same.
 * @throws TypeError when the batch is not of traces: a fault of the caller.
 */
export function forEachSpan(
  batch: Batch,
  visit: (span: SpanView, scope: ScopeView, resource: ResourceView) => void,
): void {
  if (batch.signal !== "traces") throw new TypeError(`cannot read spans of a ${batch.signal} batch`);
  const span = new SpanInPlace();
  walk(batch, (bytes, start, end, scope, resource) => {
    span.reset(bytes, start, end);
    visit(span, scope, resource);
  });
}
