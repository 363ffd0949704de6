import { z } from "zod";
import { section } from "../../config/schema-types.js";
import { Pattern } from "../../ottl/functions/regexp.js";
import { attributeValue } from "./attribute-value.js";

const attribute = z.strictObject({
  key: z.string().min(1),
  /** Absent: the key must be there. */
  value: z
    .unknown()
    .optional()
    .refine((value) => value === undefined || attributeValue(value) !== undefined, "is no value of an attribute"),
});

const names = z.array(z.string()).default([]);

const shape = z.strictObject({
  match_type: z.enum(["strict", "regexp"]),
  regexp: section(
    z.strictObject({
      cacheenabled: z.boolean().default(false),
      /** 0: as many as there may be. */
      cachemaxnumentries: z.int().min(0).default(0),
    }),
  ).optional(),
  services: names,
  span_names: names,
  span_kinds: names,
  log_bodies: names,
  log_severity_texts: names,
  log_severity_number: section(
    z.strictObject({ min: z.int().default(0), match_undefined: z.boolean().default(false) }),
  ).optional(),
  metric_names: names,
  attributes: z.array(attribute).default([]),
  resources: z.array(attribute).default([]),
  libraries: z.array(z.strictObject({ name: z.string().default(""), version: z.string().optional() })).default([]),
});

export type MatchConfig = z.infer<typeof shape>;

const LISTS = [
  "services",
  "span_names",
  "span_kinds",
  "log_bodies",
  "log_severity_texts",
  "metric_names",
  "attributes",
  "resources",
  "libraries",
] as const;

/** Which items are meant. Which properties it may name depends on the signal: see `signalProblem`. */
export const matchSchema: z.ZodType<MatchConfig> = shape.superRefine((config, context) => {
  if (LISTS.every((list) => config[list].length === 0) && config.log_severity_number === undefined) {
    context.addIssue({ code: "custom", message: `names nothing to match: write at least one of ${LISTS.join(", ")}` });
  }
  if (config.match_type !== "regexp") return;
  for (const { path, text } of patternsOf(config)) {
    const message = patternProblem(text);
    if (message !== undefined) context.addIssue({ code: "custom", path, message });
  }
});

interface LocatedPattern {
  readonly path: (string | number)[];
  readonly text: unknown;
}

function patternsOf(config: MatchConfig): LocatedPattern[] {
  const found: LocatedPattern[] = [];
  for (const list of LISTS) {
    for (const [index, item] of config[list].entries()) {
      if (typeof item === "string") found.push({ path: [list, index], text: item });
      else if ("name" in item) {
        found.push({ path: [list, index, "name"], text: item.name });
        if (item.version !== undefined) found.push({ path: [list, index, "version"], text: item.version });
      } else if (item.value !== undefined && item.value !== null) {
        found.push({ path: [list, index, "value"], text: item.value });
      }
    }
  }
  return found;
}

function patternProblem(text: unknown): string | undefined {
  if (typeof text !== "string") return 'must be a text with "match_type: regexp"';
  try {
    new Pattern(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
