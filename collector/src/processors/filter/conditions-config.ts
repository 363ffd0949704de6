import type { Signal } from "@venturi/otlp";
import { z } from "zod";
import { accepted, type ConditionSet, compileConditions, inferConditions } from "../../ottl/conditions.js";
import type { ContextName } from "../../ottl/contexts.js";
import { type ErrorMode, errorModeSchema } from "../../ottl/error-mode.js";

/** The contexts in which conditions about a signal can run, the outermost first. */
export const CONTEXTS: Readonly<Record<Signal, readonly ContextName[]>> = {
  traces: ["resource", "scope", "span", "spanevent"],
  metrics: ["resource", "scope", "metric", "datapoint"],
  logs: ["resource", "scope", "log"],
};

const lowered = (value: unknown): unknown => (typeof value === "string" ? value.toLowerCase() : value);
const contextName = z.enum(["resource", "scope", "span", "spanevent", "metric", "datapoint", "log"]);

const group = z.strictObject({
  /** Where it is named paths need no prefix; otherwise each condition runs in the one that its paths name. */
  context: z.preprocess(lowered, contextName).optional(),
  /** Overrides that of the processor. */
  error_mode: errorModeSchema.optional(),
  conditions: z.array(z.string()).default([]),
});

type GroupConfig = z.infer<typeof group>;
export type ConditionItems = readonly (string | GroupConfig)[];

/** Conditions of one context, whose paths need no prefix. */
export function conditionsOf(context: ContextName): z.ZodType<readonly string[]> {
  return z.array(z.string()).superRefine((sources, issues) => {
    compileConditions(sources, context, [context], (index, message) => {
      issues.addIssue({ code: "custom", path: [index], message });
    });
  });
}

/** A list of conditions, which are one group, or a list of groups. */
export function conditionGroups(signal: Signal): z.ZodType<ConditionItems> {
  return z.array(z.union([z.string(), group])).superRefine((items, issues) => {
    const isMixed = items.some((item) => typeof item === "string") && items.some((item) => typeof item !== "string");
    if (isMixed) {
      const message = "conditions and groups of conditions cannot stand in one list: make all of them groups";
      issues.addIssue({ code: "custom", message });
      return;
    }
    for (const { config, pathOf } of groupsOf(items)) {
      compileGroup(config, signal, (index, message) => {
        issues.addIssue({ code: "custom", path: pathOf(index), message });
      });
    }
  });
}

interface LocatedGroup {
  readonly config: GroupConfig;
  /** Where one of its conditions stands in the list. */
  readonly pathOf: (index: number) => (string | number)[];
}

function groupsOf(items: ConditionItems): LocatedGroup[] {
  const flat = items.filter((item) => typeof item === "string");
  if (flat.length > 0) return [{ config: { conditions: flat }, pathOf: (index) => [index] }];
  return (items as readonly GroupConfig[]).map((config, position) => ({
    config,
    pathOf: (index) => [position, "conditions", index],
  }));
}

function compileGroup(
  { context, conditions }: GroupConfig,
  signal: Signal,
  report: (index: number, message: string) => void,
): ConditionSet[] {
  if (context === undefined) return inferConditions(conditions, CONTEXTS[signal], report);
  return [compileConditions(conditions, context, CONTEXTS[signal], report)];
}

export interface ModedSet {
  readonly set: ConditionSet;
  /** undefined: that of the processor. */
  readonly mode: ErrorMode | undefined;
}

/** The conditions of all groups, one after the other, each from the outermost context inwards. */
export function compiledGroups(items: ConditionItems, signal: Signal): ModedSet[] {
  return groupsOf(items).flatMap(({ config }) =>
    compileGroup(config, signal, accepted).map((set) => ({ set, mode: config.error_mode })),
  );
}
