import { type EditValue, MessageEdit } from "@venturi/otlp";

/**
 * What a statement runs against: one span, log record, …, and what it lies in. One object per processor, moved from item
 * to item by the walk over the batch.
 */
export class TransformContext {
  /** The fields of Resource* (`schema_url`) and of the Resource in it. */
  resourceLevel: MessageEdit = NONE;
  resource: MessageEdit = NONE;
  /** The fields of Scope* and of the InstrumentationScope in it. */
  scopeLevel: MessageEdit = NONE;
  scope: MessageEdit = NONE;
  span: MessageEdit = NONE;
  event: MessageEdit = NONE;
  eventIndex = 0;
  log: MessageEdit = NONE;
  metric: MessageEdit = NONE;
  /** The Gauge, Sum, … in the metric; undefined when it has none. */
  data: MessageEdit | undefined;
  point: MessageEdit = NONE;
  /** Metrics that functions made; whoever walks the scope adds them behind the others. */
  readonly newMetrics: Uint8Array[] = [];
  private store = new Map<string, EditValue>();

  /** Where statements keep things for the following ones; empty for each item. */
  get cache(): Map<string, EditValue> {
    return this.store;
  }

  clearCache(): void {
    if (this.store.size > 0) this.store = new Map();
  }
}

const NONE = new MessageEdit();

/** Kinds of metrics: the field that holds the data, and the number that `metric.type` has. */
export const METRIC_KINDS = [
  { field: 5, type: 1n, name: "Gauge" },
  { field: 7, type: 2n, name: "Sum" },
  { field: 9, type: 3n, name: "Histogram" },
  { field: 10, type: 4n, name: "ExponentialHistogram" },
  { field: 11, type: 5n, name: "Summary" },
] as const;

export const GAUGE = 5;
export const SUM = 7;
export const HISTOGRAM = 9;
export const EXPONENTIAL_HISTOGRAM = 10;
export const SUMMARY = 11;

/** The field that holds the data of a metric; 0: it has none. */
export function dataField(metric: MessageEdit): number {
  for (const { field } of METRIC_KINDS) if (metric.has(field)) return field;
  return 0;
}
