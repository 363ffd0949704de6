import { z } from "zod";
import { count } from "../../config/schema-types.js";
import { anchoredRegExp } from "./anchored-regexp.js";

const ACTIONS = [
  "replace",
  "keep",
  "drop",
  "hashmod",
  "labelmap",
  "labeldrop",
  "labelkeep",
  "lowercase",
  "uppercase",
  "keepequal",
  "dropequal",
] as const;
type Action = (typeof ACTIONS)[number];

const NEEDS_TARGET: ReadonlySet<Action> = new Set([
  "replace",
  "hashmod",
  "lowercase",
  "uppercase",
  "keepequal",
  "dropequal",
]);

/** One rule of `relabel_configs` or `metric_relabel_configs`. */
export const relabelSchema = z
  .strictObject({
    source_labels: z.array(z.string()).default([]),
    separator: z.string().default(";"),
    target_label: z.string().default(""),
    regex: z
      .union([z.string(), z.number(), z.boolean()])
      .default("(.*)")
      .transform((text, context) => {
        try {
          return anchoredRegExp(String(text));
        } catch (error) {
          context.addIssue({ code: "custom", message: `cannot read regular expression: ${(error as Error).message}` });
          return z.NEVER;
        }
      }),
    modulus: count(0),
    replacement: z.union([z.string(), z.number(), z.boolean()]).default("$1").transform(String),
    action: z
      .preprocess((value) => (typeof value === "string" ? value.toLowerCase() : value), z.enum(ACTIONS))
      .default("replace"),
  })
  .superRefine(({ action, modulus, target_label, source_labels }, context) => {
    if (action === "hashmod" && modulus === 0)
      context.addIssue("relabel configuration for hashmod requires non-zero modulus");
    if (NEEDS_TARGET.has(action) && target_label === "") {
      context.addIssue(`relabel configuration for ${action} action requires 'target_label' value`);
    }
    if ((action === "labeldrop" || action === "labelkeep") && (source_labels.length > 0 || target_label !== "")) {
      context.addIssue(`${action} action requires only 'regex', and no other fields`);
    }
  });
export type RelabelConfig = z.infer<typeof relabelSchema>;
