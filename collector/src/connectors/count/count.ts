import { type Batch, type Signal, Writer } from "@venturi/otlp";
import type { ComponentHost, Connector, ConnectorFactory, Consumer, Outcome } from "../../component.js";
import { giveBack } from "../../lease.js";
import { dataField, type TransformContext } from "../../ottl/context.js";
import { POINT_ATTRIBUTES } from "../../ottl/paths/datapoint.js";
import { ItemReader, type ItemVisitor } from "../../ottl/read-items.js";
import { PropagatedError, Runner } from "../../ottl/statements.js";
import { type CountConfig, countSchema } from "./config.js";
import { ItemCounter } from "./item-counter.js";

/** Counts spans, span events, metrics, data points and log records, by conditions and attributes. */
export const countConnector: ConnectorFactory<CountConfig> = {
  kind: "connector",
  type: "count",
  schema: countSchema,
  pairs: [
    { from: "traces", to: "metrics", stability: "alpha" },
    { from: "metrics", to: "metrics", stability: "alpha" },
    { from: "logs", to: "metrics", stability: "alpha" },
  ],
  create: (config, from, _to, next, host) => new Count(config, from, next, host),
};

/** As upstream. */
const SCOPE = "github.com/open-telemetry/opentelemetry-collector-contrib/connector/countconnector";
const RESOURCE_ATTRIBUTES = 1;
const NO_ATTRIBUTES = 0;
const SPAN = { attributes: 9, times: [7, 8] } as const;
const EVENT = { attributes: 3, times: [1] } as const;
const LOG = { attributes: 6, times: [1] } as const;
const POINT = { times: [3] } as const;
/** Fields of ResourceMetrics and ScopeMetrics. */
const OUTER = 1;
const CHILDREN = 2;

class Count implements Connector, ItemVisitor {
  private readonly signal: Signal;
  private readonly next: Consumer;
  private readonly reader: ItemReader;
  private readonly items: ItemCounter;
  /** Span events or data points. */
  private readonly parts: ItemCounter | undefined;
  private readonly writer = new Writer(4096);
  private pointCount = 0;
  private now = 0n;

  constructor(config: CountConfig, from: Signal, next: Consumer, host: ComponentHost) {
    this.signal = from;
    this.next = next;
    const runner = new Runner("propagate", host.log);
    const { spans, spanevents, metrics, datapoints, logs } = config;
    if (from === "traces") {
      this.items = new ItemCounter(spans, "span", SPAN.times, runner);
      this.parts = new ItemCounter(spanevents, "spanevent", EVENT.times, runner);
    } else if (from === "metrics") {
      this.items = new ItemCounter(metrics, "metric", [], runner);
      this.parts = new ItemCounter(datapoints, "datapoint", POINT.times, runner);
    } else this.items = new ItemCounter(logs, "log", LOG.times, runner);
    this.reader = new ItemReader(from, this.parts !== undefined);
  }

  async start(): Promise<void> {}

  consume(batch: Batch): Outcome | Promise<Outcome> {
    const outcome = this.counted(batch);
    if (outcome instanceof Promise) return outcome.then((settled) => settle(batch, settled));
    return settle(batch, outcome);
  }

  async shutdown(): Promise<void> {}

  item(context: TransformContext): void {
    const { signal, items } = this;
    if (signal === "traces") items.count(context.span, SPAN.attributes, context);
    else if (signal === "logs") items.count(context.log, LOG.attributes, context);
    else items.count(context.metric, NO_ATTRIBUTES, context);
  }

  part(context: TransformContext): void {
    const { event, point, metric } = context;
    if (this.signal === "traces") this.parts?.count(event, EVENT.attributes, context);
    else this.parts?.count(point, POINT_ATTRIBUTES[dataField(metric)] as number, context);
  }

  endResource({ resource }: TransformContext): void {
    const { items, parts, writer } = this;
    const points = items.pointCount + (parts?.pointCount ?? 0);
    if (points > 0) {
      this.pointCount += points;
      const resourceMetrics = writer.open(OUTER);
      const copy = writer.open(OUTER);
      resource.attributes(RESOURCE_ATTRIBUTES).writeTo(writer);
      writer.close(copy);
      const scopeMetrics = writer.open(CHILDREN);
      const scope = writer.open(OUTER);
      writer.stringField(1, SCOPE);
      writer.close(scope);
      items.write(writer, CHILDREN, this.now);
      parts?.write(writer, CHILDREN, this.now);
      writer.close(scopeMetrics);
      writer.close(resourceMetrics);
    }
    items.reset();
    parts?.reset();
  }

  private counted(batch: Batch): Outcome | Promise<Outcome> {
    const { reader, writer } = this;
    writer.reset();
    this.pointCount = 0;
    this.now = BigInt(Date.now()) * 1_000_000n;
    try {
      reader.read(batch, this);
    } catch (error) {
      this.items.reset();
      this.parts?.reset();
      if (!(error instanceof PropagatedError)) throw error;
      return { reason: "export_failed", message: error.message, retryable: false };
    }
    if (this.pointCount === 0) return undefined;
    const bytes = writer.finish();
    const { pointCount: itemCount } = this;
    return this.next.consume({ signal: "metrics", slices: [bytes], itemCount, byteLength: bytes.length });
  }
}

/** What is refused comes again. */
function settle(batch: Batch, outcome: Outcome): Outcome {
  if (outcome === undefined) giveBack(batch);
  return outcome;
}
