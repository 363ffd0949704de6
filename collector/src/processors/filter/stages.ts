import type { Signal } from "@venturi/otlp";
import { accepted, type ConditionSet, compileConditions } from "../../ottl/conditions.js";
import type { TransformContext } from "../../ottl/context.js";
import type { ContextName } from "../../ottl/contexts.js";
import type { ErrorMode } from "../../ottl/error-mode.js";
import { Runner } from "../../ottl/statements.js";
import type { VisitItem } from "../../ottl/walk.js";
import type { Logger } from "../../telemetry/logger.js";
import type { MatchConfig } from "../attributes/match-config.js";
import { compileMatch } from "../attributes/matcher.js";
import { compiledGroups, type ModedSet } from "./conditions-config.js";
import type { FilterConfig } from "./config.js";

/** One walk over a batch: what stays of the items of a context. */
export interface Stage {
  readonly context: ContextName;
  readonly stays: VisitItem;
}

/**
 * What a configuration says about a signal, in the order in which it is to be done: an item that is gone is not looked at
 * again. None: everything stays.
 */
export function compileStages(config: FilterConfig, signal: Signal, log: Logger): Stage[] {
  const groups = { traces: config.trace_conditions, metrics: config.metric_conditions, logs: config.log_conditions };
  const items = groups[signal];
  const sets = items === undefined ? olderSets(config, signal) : compiledGroups(items, signal);
  const stages = sets
    .filter(({ set }) => set.conditions.length > 0)
    .map(({ set, mode }) => conditionStage(set, mode ?? config.error_mode, log));
  return [...stages, ...matchStages(config, signal)];
}

function conditionStage({ context, conditions }: ConditionSet, mode: ErrorMode, log: Logger): Stage {
  const runner = new Runner(mode, log);
  return { context, stays: (item: TransformContext) => !runner.anyHolds(conditions, item) };
}

function olderSets({ traces, metrics, logs }: FilterConfig, signal: Signal): ModedSet[] {
  const compile = (context: ContextName, sources: readonly string[] = []): ModedSet => {
    return { set: compileConditions(sources, context, [context], accepted), mode: undefined };
  };
  switch (signal) {
    case "traces":
      return [
        compile("resource", traces.resource),
        compile("span", traces.span),
        compile("spanevent", traces.spanevent),
      ];
    case "metrics":
      return [
        compile("resource", metrics.resource),
        compile("metric", metrics.metric),
        compile("datapoint", metrics.datapoint),
      ];
    case "logs":
      return [compile("resource", logs.resource), compile("log", logs.log_record)];
  }
}

function matchStages({ spans, metrics, logs }: FilterConfig, signal: Signal): Stage[] {
  switch (signal) {
    case "traces":
      return matchStage("span", spans.include, spans.exclude, signal);
    case "metrics": {
      const [include, exclude] = [onlyResources(metrics.include), onlyResources(metrics.exclude)];
      // The resources of metrics are matched as those of log records are.
      const byResource = matchStage("resource", include, exclude, "logs");
      return [...byResource, ...matchStage("metric", metrics.include, metrics.exclude, signal)];
    }
    case "logs":
      return matchStage("log", logs.include, logs.exclude, signal);
  }
}

function matchStage(
  context: ContextName,
  include: MatchConfig | undefined,
  exclude: MatchConfig | undefined,
  signal: Signal,
): Stage[] {
  if (include === undefined && exclude === undefined) return [];
  return [{ context, stays: compileMatch(include, exclude, signal) }];
}

function onlyResources(match: MatchConfig | undefined): MatchConfig | undefined {
  return match === undefined || match.resources.length === 0 ? undefined : { ...match, metric_names: [] };
}
