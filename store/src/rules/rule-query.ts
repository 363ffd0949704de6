import type { Engine, SeriesSource } from "@venturi/promql";
import type { RuleQuery } from "./rule.js";

/** Evaluates the expressions of rules and of their templates; a scalar becomes a vector of one. */
export function ruleQuery(engine: Engine, source: SeriesSource, signal?: AbortSignal): RuleQuery {
  return async (expression, timeMs) => {
    const result = await engine.instant(source, expression, timeMs, signal);
    if (result.resultType === "vector") return result.vector.map((sample) => ({ ...sample, timestampMs: timeMs }));
    if (result.resultType === "scalar") return [{ labels: {}, timestampMs: timeMs, value: result.scalar.value }];
    throw new Error("rule result is not a vector or scalar");
  };
}
