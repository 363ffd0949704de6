import type { Signal } from "@venturi/otlp";
import { z } from "zod";
import { unsupported } from "../../config/schema-types.js";
import type { ContextName } from "../../ottl/contexts.js";
import { type ErrorMode, errorModeSchema } from "../../ottl/error-mode.js";
import { type CompiledGroup, compileGroup, type StatementGroup } from "../../ottl/statements.js";
import { TRANSFORM_FUNCTIONS } from "./functions.js";

/** The contexts in which statements about a signal can run. */
const CONTEXTS: Readonly<Record<Signal, readonly ContextName[]>> = {
  traces: ["resource", "scope", "span", "spanevent"],
  metrics: ["resource", "scope", "metric", "datapoint"],
  logs: ["resource", "scope", "log"],
};

const lowered = (value: unknown): unknown => (typeof value === "string" ? value.toLowerCase() : value);
const contextName = z.enum(["resource", "scope", "span", "spanevent", "metric", "datapoint", "log"]);

const group = z.strictObject({
  /** Where it is named paths need no prefix; otherwise it is inferred from them. */
  context: z.preprocess(lowered, contextName).optional(),
  /** Overrides that of the processor. */
  error_mode: errorModeSchema.optional(),
  /** One must hold. */
  conditions: z.array(z.string()).default([]),
  statements: z.array(z.string()).default([]),
});

type GroupConfig = z.infer<typeof group>;
type Items = readonly (string | GroupConfig)[];

/** A list of statements, which are one group, or a list of groups. */
function statements(signal: Signal): z.ZodType<Items> {
  return z
    .array(z.union([z.string(), group]))
    .default([])
    .superRefine((items, context) => {
      const isMixed = items.some((item) => typeof item === "string") && items.some((item) => typeof item !== "string");
      if (isMixed) {
        const message = "statements and groups of statements cannot stand in one list: make all of them groups";
        context.addIssue({ code: "custom", message });
        return;
      }
      for (const { group: one, pathOf } of groupsOf(items)) {
        const compiled = compileGroup(one, CONTEXTS[signal], TRANSFORM_FUNCTIONS);
        if (!Array.isArray(compiled)) continue;
        for (const { list, index, message } of compiled) {
          context.addIssue({ code: "custom", path: pathOf(list, index), message });
        }
      }
    });
}

interface LocatedGroup {
  readonly group: StatementGroup & Pick<GroupConfig, "error_mode">;
  /** Where one of its statements or conditions stands in the list. */
  readonly pathOf: (list: string, index: number) => (string | number)[];
}

function groupsOf(items: Items): LocatedGroup[] {
  const flat = items.filter((item) => typeof item === "string");
  if (flat.length > 0) {
    return [{ group: { conditions: [], statements: flat }, pathOf: (_, index) => [index] }];
  }
  return (items as readonly GroupConfig[]).map((one, position) => ({
    group: one,
    pathOf: (list, index) => [position, list, index],
  }));
}

export const transformSchema = z.strictObject({
  error_mode: errorModeSchema.default("ignore"),
  trace_statements: statements("traces"),
  metric_statements: statements("metrics"),
  log_statements: statements("logs"),
  profile_statements: unsupported("there are no profiles"),
  flatten_data: unsupported("upstream has it behind a feature gate"),
});

export type TransformConfig = z.infer<typeof transformSchema>;

/** The groups of a signal, compiled. */
export function compiledGroups(config: TransformConfig, signal: Signal): { group: CompiledGroup; mode: ErrorMode }[] {
  const items = { traces: config.trace_statements, metrics: config.metric_statements, logs: config.log_statements };
  return groupsOf(items[signal]).map(({ group: one }) => {
    const compiled = compileGroup(one, CONTEXTS[signal], TRANSFORM_FUNCTIONS);
    if (Array.isArray(compiled)) throw new Error("BUG: statements that the schema accepted do not compile");
    return { group: compiled as CompiledGroup, mode: one.error_mode ?? config.error_mode };
  });
}
