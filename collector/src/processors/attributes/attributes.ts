import type { Batch, Signal } from "@venturi/otlp";
import { z } from "zod";
import {
  type ComponentHost,
  type Consumer,
  type Outcome,
  type Processor,
  type ProcessorFactory,
  StartError,
} from "../../component.js";
import { section } from "../../config/schema-types.js";
import { passOn } from "../../lease.js";
import { dataField, type TransformContext } from "../../ottl/context.js";
import { POINT_ATTRIBUTES } from "../../ottl/paths/datapoint.js";
import { ContextWalker, type VisitItem } from "../../ottl/walk.js";
import { actionsSchema } from "./action-config.js";
import { type Action, compileActions } from "./actions.js";
import { matchSchema } from "./match-config.js";
import { compileMatch, type Matcher } from "./matcher.js";
import { signalProblem } from "./signal-problem.js";

const attributesSchema = z.strictObject({
  /** What is processed; absent: everything. */
  include: section(matchSchema).optional(),
  /** What of that is not. */
  exclude: section(matchSchema).optional(),
  actions: actionsSchema,
});

export type AttributesConfig = z.infer<typeof attributesSchema>;

/** Changes the attributes of spans, log records and data points. */
export const attributesProcessor: ProcessorFactory<AttributesConfig> = {
  kind: "processor",
  type: "attributes",
  schema: attributesSchema,
  signals: { traces: "beta", metrics: "beta", logs: "beta" },
  create: (config, signal, next, _lane, host) => new Attributes(config, signal, next, host),
};

const LEVELS = { traces: "span", logs: "log", metrics: "datapoint" } as const;
const OPTIONS = { countChanges: false, dropEmpty: false } as const;
const SPAN_ATTRIBUTES = 9;
const LOG_ATTRIBUTES = 6;

class Attributes implements Processor {
  private readonly config: AttributesConfig;
  private readonly signal: Signal;
  private readonly next: Consumer;
  private readonly host: ComponentHost;
  private readonly walker: ContextWalker;
  private readonly matches: Matcher;
  private readonly apply: Action;

  constructor(config: AttributesConfig, signal: Signal, next: Consumer, host: ComponentHost) {
    this.config = config;
    this.signal = signal;
    this.next = next;
    this.host = host;
    this.walker = new ContextWalker(LEVELS[signal]);
    const { include, exclude, actions } = config;
    this.matches = compileMatch(include, exclude, signal);
    this.apply = compileActions(actions);
  }

  /** Only here is the signal known in which the configuration is used. @throws StartError */
  async start(): Promise<void> {
    for (const which of ["include", "exclude"] as const) {
      const match = this.config[which];
      if (match === undefined) continue;
      const problem = signalProblem(match, this.signal);
      if (problem !== undefined) throw new StartError(`${which}: ${problem}`);
      if (this.signal === "metrics" && match.resources.length > 0) {
        this.host.log.warn(`${which}: resources are not looked at for metrics, as in the Collector 0.155`);
      }
    }
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    const changed = this.walker.walk(batch, visitor(this.signal, this.matches, this.apply), OPTIONS);
    if (changed !== batch) passOn([batch], [changed]);
    return this.next.consume(changed);
  }

  async shutdown(): Promise<void> {}
}

function visitor(signal: Signal, matches: Matcher, apply: Action): VisitItem {
  switch (signal) {
    case "traces":
      return (context) => {
        if (matches(context)) apply(context.span.attributes(SPAN_ATTRIBUTES));
        return true;
      };
    case "logs":
      return (context) => {
        if (matches(context)) apply(context.log.attributes(LOG_ATTRIBUTES));
        return true;
      };
    case "metrics":
      return pointVisitor(matches, apply);
  }
}

/** A metric is matched once for all its points. For one batch: the next may lie in the same memory. */
function pointVisitor(matches: Matcher, apply: Action): VisitItem {
  let bytes: Uint8Array | undefined;
  let start = -1;
  let field = 0;
  let isMatch = false;
  return (context: TransformContext) => {
    const { metric, point } = context;
    if (metric.bytes !== bytes || metric.start !== start) {
      ({ bytes, start } = metric);
      field = POINT_ATTRIBUTES[dataField(metric)] as number;
      isMatch = matches(context);
    }
    if (isMatch) apply(point.attributes(field));
    return true;
  };
}
