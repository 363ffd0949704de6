import type { Batch } from "@venturi/otlp";
import type { IngestStats } from "../ingest/ingest-stats.js";
import type { PendingWrites } from "../ingest/pending-writes.js";
import { type Scope, walkRecords } from "../ingest/walk-records.js";
import type { AttributeJson } from "./attribute-json.js";
import type { Resource, Resources } from "./resources.js";
import { SpanDecoder } from "./span-decoder.js";

/** int64 of the file format ends in the year 2262; a later time is a broken clock. */
const maxInt64 = 2n ** 63n - 1n;

/** Turns batches of traces into rows of the spans table. */
export class SpanRows {
  readonly #resources: Resources;
  readonly #span: SpanDecoder;
  readonly #stats: IngestStats;
  #pending!: PendingWrites;

  constructor(json: AttributeJson, resources: Resources, stats: IngestStats) {
    this.#resources = resources;
    this.#span = new SpanDecoder(json);
    this.#stats = stats;
  }

  /** Spans without ids, or with times that the file cannot hold, are counted as dropped. */
  append(batch: Batch, pending: PendingWrites): void {
    this.#pending = pending;
    walkRecords(batch, this.#resources, pending, (bytes, start, end, resource, scope) => {
      this.#span.decode(bytes, start, end);
      this.#push(resource, scope);
    });
  }

  #push(resource: Resource, scope: Scope): void {
    const span = this.#span;
    if (span.traceId.length === 0 || span.spanId.length === 0 || span.startNs > maxInt64 || span.endNs > maxInt64) {
      this.#stats.drop("invalid_span", 1);
      return;
    }
    this.#stats.spans++;
    this.#pending.spans.push([
      span.traceId,
      span.spanId,
      span.parentSpanId,
      resource.service,
      span.name,
      span.kind,
      span.startNs,
      span.endNs > span.startNs ? span.endNs - span.startNs : 0n,
      span.statusCode,
      orNull(span.statusMessage),
      orNull(span.httpMethod),
      orNull(span.httpRoute),
      Number.isInteger(span.httpStatus) && Math.abs(span.httpStatus) < 2 ** 31 ? span.httpStatus : null,
      resource.id,
      scope.name,
      scope.version,
      orNull(span.traceState),
      span.attributes.view(),
      span.events.length === 0 ? null : span.events.view(),
      span.links.length === 0 ? null : span.links.view(),
    ]);
  }
}

function orNull(text: Uint8Array): Uint8Array | null {
  return text.length === 0 ? null : text;
}
