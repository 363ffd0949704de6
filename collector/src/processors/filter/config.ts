import type { Signal } from "@venturi/otlp";
import { z } from "zod";
import { section, unsupported } from "../../config/schema-types.js";
import { errorModeSchema } from "../../ottl/error-mode.js";
import { matchSchema } from "../attributes/match-config.js";
import { signalProblem } from "../attributes/signal-problem.js";
import { conditionGroups, conditionsOf } from "./conditions-config.js";
import { logMatch, metricMatch, regexpSchema } from "./match-properties.js";

const spanMatch = matchSchema.superRefine((config, context) => {
  const message = signalProblem(config, "traces");
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

const shape = z.strictObject({
  error_mode: errorModeSchema.default("ignore"),
  /** What holds for an item, or for what it lies in, drops it. */
  trace_conditions: conditionGroups("traces").optional(),
  metric_conditions: conditionGroups("metrics").optional(),
  log_conditions: conditionGroups("logs").optional(),
  /** The older form of the same: the context is in the name of the option. */
  traces: section(
    z.strictObject({
      resource: conditionsOf("resource").optional(),
      span: conditionsOf("span").optional(),
      spanevent: conditionsOf("spanevent").optional(),
    }),
  ).prefault({}),
  metrics: section(
    z.strictObject({
      resource: conditionsOf("resource").optional(),
      metric: conditionsOf("metric").optional(),
      datapoint: conditionsOf("datapoint").optional(),
      include: section(metricMatch).optional(),
      exclude: section(metricMatch).optional(),
      /** Has no effect upstream either. */
      regexp: regexpSchema.optional(),
    }),
  ).prefault({}),
  logs: section(
    z.strictObject({
      resource: conditionsOf("resource").optional(),
      log_record: conditionsOf("log").optional(),
      include: section(logMatch).optional(),
      exclude: section(logMatch).optional(),
    }),
  ).prefault({}),
  /** Older still: what is kept, and what of that is not. */
  spans: section(
    z.strictObject({ include: section(spanMatch).optional(), exclude: section(spanMatch).optional() }),
  ).prefault({}),
  profile_conditions: unsupported("there are no profiles"),
  profiles: unsupported("there are no profiles"),
});

export type FilterConfig = z.infer<typeof shape>;

const FORMS = {
  traces: { conditions: "trace_conditions", contexts: ["resource", "span", "spanevent"], match: "spans" },
  metrics: { conditions: "metric_conditions", contexts: ["resource", "metric", "datapoint"], match: "metrics" },
  logs: { conditions: "log_conditions", contexts: ["resource", "log_record"], match: "logs" },
} as const;

/** The forms in which a configuration speaks of a signal: one of them may be used. */
function formsUsed(config: FilterConfig, signal: Signal): string[] {
  const { conditions, contexts, match } = FORMS[signal];
  const given = (block: string, keys: readonly string[]): string[] => {
    const options = config[block as "traces"] as Readonly<Record<string, unknown>>;
    return keys.filter((key) => options[key] !== undefined).map((key) => `${block}.${key}`);
  };
  const newer = config[conditions] === undefined ? [] : [conditions];
  const forms = [newer, given(signal, contexts), given(match, ["include", "exclude"])];
  return forms.flatMap((options) => (options.length > 0 ? [options.join(", ")] : []));
}

export const filterSchema = shape.superRefine((config, context) => {
  for (const signal of ["traces", "metrics", "logs"] as const) {
    const forms = formsUsed(config, signal);
    if (forms.length < 2) continue;
    const message = `${forms.join(" and ")} cannot be used together: move everything to ${FORMS[signal].conditions}`;
    context.addIssue({ code: "custom", message });
  }
});
