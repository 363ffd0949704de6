import { type ZodType, z } from "zod";
import { unsupported } from "../../config/schema-types.js";
import { Pattern } from "../../ottl/functions/regexp.js";
import { attributeValue } from "./attribute-value.js";

const ACTIONS = ["insert", "update", "upsert", "delete", "hash", "extract", "convert"] as const;
export type ActionName = (typeof ACTIONS)[number];
const CONVERTED_TYPES = ["string", "int", "double"] as const;

const lowered = (value: unknown): unknown => (typeof value === "string" ? value.toLowerCase() : value);
const attribute = z
  .unknown()
  .optional()
  .refine((value) => value === undefined || attributeValue(value) !== undefined, "is no value of an attribute");

const action = z
  .strictObject({
    key: z.string().default(""),
    action: z.preprocess(lowered, z.enum(ACTIONS)),
    /** null is as if it were not there. */
    value: attribute,
    default_value: attribute,
    from_attribute: z.string().default(""),
    from_context: unsupported("there is no client metadata"),
    pattern: z.string().default(""),
    converted_type: z.enum(["", ...CONVERTED_TYPES]).default(""),
  })
  .superRefine((config, context) => {
    const message = problemOf(config) ?? patternProblem(config);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

export type ActionConfig = z.infer<typeof action>;

/** What is done to a map of attributes, one after the other; at least one. */
export const actionsSchema: ZodType<readonly ActionConfig[]> = z
  .array(action)
  .refine((actions) => actions.length > 0, "must name at least one action");

/** Which options an action wants, and which it has no use for. */
function problemOf({ key, action: name, value, default_value, ...rest }: ActionConfig): string | undefined {
  const { from_attribute, pattern, converted_type } = rest;
  const hasValue = value !== undefined && value !== null;
  const sources = Number(hasValue) + Number(from_attribute !== "");
  const unused = (option: string): string => `"${name}" does not use "${option}": leave it out`;
  if (key === "") {
    if (name !== "delete" && name !== "hash") return `"${name}" needs a "key"`;
    if (pattern === "") return `"${name}" needs a "key" or a "pattern"`;
  }
  if (name === "insert" || name === "update" || name === "upsert") {
    const hasDefault = default_value !== undefined && default_value !== null;
    if (sources === 0 && !hasDefault) return `"${name}" needs a "value", "from_attribute" or "default_value"`;
    if (sources > 1) return `"${name}" takes its value from "value" or from "from_attribute", not from both`;
    if (pattern !== "") return unused("pattern");
  } else if (sources > 0) return unused(hasValue ? "value" : "from_attribute");
  if (name === "extract" && pattern === "") return '"extract" needs a "pattern" with named groups';
  if (name === "convert") {
    if (pattern !== "") return unused("pattern");
    return converted_type === "" ? `"convert" needs a "converted_type": ${CONVERTED_TYPES.join(", ")}` : undefined;
  }
  return converted_type === "" ? undefined : unused("converted_type");
}

function patternProblem({ action: name, pattern }: ActionConfig): string | undefined {
  if (pattern === "") return undefined;
  let groupNames: Pattern["groupNames"];
  try {
    ({ groupNames } = new Pattern(pattern));
  } catch (error) {
    return (error as Error).message;
  }
  if (name !== "extract") return undefined;
  if (groupNames.length <= 1) return '"pattern" has no named group, such as (?P<name>...)';
  return groupNames.slice(1).includes(undefined) ? '"pattern" has a group without a name' : undefined;
}
