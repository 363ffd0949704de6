import { MessageEdit, type Writer } from "@venturi/otlp";
import { accepted, compileConditions } from "../../ottl/conditions.js";
import { SUM, type TransformContext } from "../../ottl/context.js";
import type { ContextName } from "../../ottl/contexts.js";
import type { CompiledCondition, Runner } from "../../ottl/statements.js";
import type { CountedMetrics } from "./config.js";
import { type AttributesPlace, SeriesCounts } from "./series.js";

/** Fields of Metric, Sum and NumberDataPoint. */
const NAME = 1;
const DESCRIPTION = 2;
const POINTS = 1;
const START_TIME = 2;
const TIME = 3;
const AS_INT = 6;
const DELTA = 1;

const RESOURCE_ATTRIBUTES = 1;
const SCOPE_ATTRIBUTES = 3;

interface CountedMetric {
  readonly name: string;
  readonly description: string;
  /** None: everything counts. */
  readonly conditions: readonly CompiledCondition[];
  readonly counts: SeriesCounts;
}

/** Counts the items of one kind, of one resource after the other. */
export class ItemCounter {
  private readonly metrics: readonly CountedMetric[];
  private readonly runner: Runner;
  private readonly timeFields: readonly number[];
  /** Of the item, its scope and its resource: moved from item to item. */
  private readonly places: readonly [AttributesPlace, AttributesPlace, AttributesPlace] = [
    { message: new MessageEdit(), field: 0 },
    { message: new MessageEdit(), field: SCOPE_ATTRIBUTES },
    { message: new MessageEdit(), field: RESOURCE_ATTRIBUTES },
  ];
  /** Nanoseconds since the epoch, over all items; 0: none had one. */
  private first = 0n;
  private last = 0n;

  /** @param timeFields The fields of an item that are times. */
  constructor(config: CountedMetrics, context: ContextName, timeFields: readonly number[], runner: Runner) {
    this.runner = runner;
    this.timeFields = timeFields;
    this.metrics = Object.entries(config).map(([name, { description, conditions, attributes }]) => ({
      name,
      description,
      conditions: compileConditions(conditions, context, [context], accepted).conditions,
      counts: new SeriesCounts(attributes),
    }));
  }

  /** How many data points there are to write. */
  get pointCount(): number {
    let points = 0;
    for (const { counts } of this.metrics) points += counts.size;
    return points;
  }

  /**
   * @param attributesField Of the item; behind its own attributes those of scope and resource count.
   * @throws PropagatedError when a condition fails.
   */
  count(item: MessageEdit, attributesField: number, context: TransformContext): void {
    const { places } = this;
    places[0].message = item;
    places[0].field = attributesField;
    places[1].message = context.scope;
    places[2].message = context.resource;
    for (const field of this.timeFields) this.noteTime(item.getFixed64(field));
    for (const { conditions, counts } of this.metrics) {
      const combination = counts.find(places);
      if (combination < 0) continue;
      if (conditions.length === 0 || this.runner.anyHolds(conditions, context)) counts.count(combination);
    }
  }

  /** Writes a metric for each that counted something, in field `field`. `now`: for items without times. */
  write(writer: Writer, field: number, now: bigint): void {
    const [first, last] = this.first === 0n ? [now, now] : [this.first, this.last];
    for (const { name, description, counts } of this.metrics) {
      if (counts.size === 0) continue;
      const metric = writer.open(field);
      writer.stringField(NAME, name);
      if (description !== "") writer.stringField(DESCRIPTION, description);
      const sum = writer.open(SUM);
      counts.forEach((count, writeAttributes) => {
        const point = writer.open(POINTS);
        writeAttributes(writer);
        writer.fixed64Field(START_TIME, first);
        writer.fixed64Field(TIME, last);
        writer.fixed64Field(AS_INT, BigInt(count));
        writer.close(point);
      });
      writer.uint32Field(2, DELTA);
      writer.boolField(3, true);
      writer.close(sum);
      writer.close(metric);
    }
  }

  /** Begins with the next resource. */
  reset(): void {
    this.first = this.last = 0n;
    for (const { counts } of this.metrics) counts.reset();
  }

  private noteTime(nanos: bigint): void {
    if (nanos === 0n) return;
    if (this.first === 0n || nanos < this.first) this.first = nanos;
    if (nanos > this.last) this.last = nanos;
  }
}
