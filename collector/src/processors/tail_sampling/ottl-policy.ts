import { MessageEdit, RESOURCE_OR_SCOPE } from "@venturi/otlp";
import { compileConditions, type ReportProblem } from "../../ottl/conditions.js";
import { TransformContext } from "../../ottl/context.js";
import type { ErrorMode } from "../../ottl/error-mode.js";
import { type CompiledCondition, PropagatedError, Runner } from "../../ottl/statements.js";
import type { ScopeHeader } from "../../records/scope-header.js";
import type { Logger } from "../../telemetry/logger.js";
import type { Condition, TestedSpan } from "./conditions.js";
import type { Policy, TraceFacts } from "./policies.js";
import { ERROR, NOT_SAMPLED, SAMPLED, type Verdict } from "./verdict.js";

const EVENTS = 11;

/** The span under test as OTTL sees it. One for all policies: what one has looked up in a span the others find. */
export class SpanContext {
  readonly context: TransformContext = new TransformContext();
  readonly span: MessageEdit = new MessageEdit();
  private scope: ScopeHeader | undefined;
  private spanStart = -1;

  constructor() {
    const { context } = this;
    context.resourceLevel = new MessageEdit();
    context.scopeLevel = new MessageEdit();
    context.span = this.span;
    context.event = new MessageEdit();
  }

  move({ fields, scope }: TestedSpan): void {
    if (scope === undefined) throw new Error("BUG: a span is tested outside of its scope");
    const isSameScope = scope === this.scope;
    if (isSameScope && fields.start === this.spanStart) return;
    if (!isSameScope) this.moveScope(scope);
    this.spanStart = fields.start;
    this.span.open(fields.bytes, fields.start, fields.end);
  }

  private moveScope(scope: ScopeHeader): void {
    const { context } = this;
    const { resource, bytes } = scope;
    this.scope = scope;
    context.resource = context.resourceLevel.open(bytes, resource.start, resource.end).message(RESOURCE_OR_SCOPE);
    context.scope = context.scopeLevel.open(bytes, scope.start, scope.end).message(RESOURCE_OR_SCOPE);
  }
}

export interface OttlConditionConfig {
  readonly error_mode?: ErrorMode | undefined;
  readonly span: readonly string[];
  readonly spanevent: readonly string[];
}

/**
 * True of a trace once a condition holds for one of its spans or span events, or once one has failed that was to propagate
 * that: the first of the two settles it.
 */
export class OttlCondition implements Condition {
  private readonly span: readonly CompiledCondition[];
  private readonly spanEvent: readonly CompiledCondition[];
  private readonly runner: Runner;
  private readonly tested: SpanContext;
  private hasFailed = false;

  /** @throws Error for conditions that can never work. */
  constructor(config: OttlConditionConfig, tested: SpanContext, log: Logger) {
    const refuse: ReportProblem = (_index, message) => {
      throw new Error(message);
    };
    if (config.span.length === 0 && config.spanevent.length === 0) {
      throw new Error("expected at least one OTTL condition to filter on");
    }
    this.span = compileConditions(config.span, "span", ["span"], refuse).conditions;
    this.spanEvent = compileConditions(config.spanevent, "spanevent", ["spanevent"], refuse).conditions;
    // As upstream: without a mode nothing is said.
    this.runner = new Runner(config.error_mode ?? "silent", log);
    this.tested = tested;
  }

  ofSpan(span: TestedSpan): boolean {
    const { tested } = this;
    tested.move(span);
    try {
      return this.holdsForSpan() || this.holdsForEvent();
    } catch (error) {
      if (!(error instanceof PropagatedError)) throw error;
      this.hasFailed = true;
      return true;
    }
  }

  /** Whether the span that was tested last settled it by a failure. */
  takeFailure(): boolean {
    const { hasFailed } = this;
    this.hasFailed = false;
    return hasFailed;
  }

  private holdsForSpan(): boolean {
    const { context } = this.tested;
    context.clearCache();
    return this.span.length > 0 && this.runner.anyHolds(this.span, context);
  }

  private holdsForEvent(): boolean {
    if (this.spanEvent.length === 0) return false;
    const { context, span } = this.tested;
    context.eventIndex = 0;
    for (const record of span.getRecords(EVENTS)) {
      context.event.open(record, 0, record.length);
      context.clearCache();
      if (this.runner.anyHolds(this.spanEvent, context)) return true;
      context.eventIndex++;
    }
    return false;
  }
}

/** True of a trace of which a condition has failed: tested right behind that condition. */
export class OttlFailure implements Condition {
  private readonly condition: OttlCondition;

  constructor(condition: OttlCondition) {
    this.condition = condition;
  }

  ofSpan(): boolean {
    return this.condition.takeFailure();
  }
}

export class OttlPolicy implements Policy {
  readonly stateful = false;
  private readonly settled: number;
  private readonly failed: number;

  /** @param settled Number of the OttlCondition. @param failed Number of its OttlFailure. */
  constructor(settled: number, failed: number) {
    this.settled = settled;
    this.failed = failed;
  }

  evaluate(trace: TraceFacts): Verdict {
    if (!trace.holds(this.settled)) return NOT_SAMPLED;
    return trace.holds(this.failed) ? ERROR : SAMPLED;
  }
}
