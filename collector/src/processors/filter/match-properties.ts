import { z } from "zod";
import { section, unsupported } from "../../config/schema-types.js";
import { LOG_ENUMS } from "../../ottl/paths/enums.js";
import { type MatchConfig, matchSchema } from "../attributes/match-config.js";

/** The older way to say which metrics and log records are meant, with names of its own. */

const attributes = z.array(z.strictObject({ key: z.string(), value: z.unknown().optional() })).default([]);
const names = z.array(z.string()).default([]);

/** Where the options of a match stand in the older form, by their names in the newer one. */
type Renamed = Readonly<Record<string, string>>;

/** What such a match says in the newer form; undefined: nothing. */
type MatchOrNone = MatchConfig | undefined;

/** Problems are told where the user wrote the option. */
function toMatch(config: Readonly<Record<string, unknown>>, renamed: Renamed, context: z.RefinementCtx): MatchOrNone {
  const isGiven = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : value !== undefined);
  if (!Object.values(renamed).some((option) => isGiven(config[option]))) return undefined;
  const { match_type, regexp } = config;
  const options = Object.entries(renamed).map(([name, option]) => [name, config[option]] as const);
  const match = matchSchema.safeParse({ match_type, regexp, ...Object.fromEntries(options) });
  if (match.success) return match.data;
  for (const { path, message } of match.error.issues) {
    const [first, ...rest] = path as (string | number)[];
    context.addIssue({ code: "custom", path: [renamed[String(first)] ?? String(first), ...rest], message });
  }
  return z.NEVER;
}

const severityName = z.union([z.string(), z.int()]).transform((text, context) => {
  const number = text === "" ? 0 : severityNumber(String(text));
  if (number !== undefined) return number;
  context.addIssue({ code: "custom", message: `"${text}" is no severity; write one like "INFO", "WARN2" or "9"` });
  return z.NEVER;
});

function severityNumber(text: string): number | undefined {
  const name = `SEVERITY_NUMBER_${text.toUpperCase()}`;
  if (Object.hasOwn(LOG_ENUMS, name) && !name.endsWith("UNSPECIFIED")) return Number(LOG_ENUMS[name]);
  return /^([1-9]|1\d|2[0-4])$/.test(text) ? Number(text) : undefined;
}

const LOG_OPTIONS: Renamed = {
  resources: "resource_attributes",
  attributes: "record_attributes",
  log_severity_texts: "severity_texts",
  log_severity_number: "severity_number",
  log_bodies: "bodies",
};

/** Which log records are meant; all must hold. */
export const logMatch: z.ZodType<MatchOrNone> = z
  .strictObject({
    match_type: z.enum(["strict", "regexp"]),
    resource_attributes: attributes,
    record_attributes: attributes,
    severity_texts: names,
    severity_number: section(
      z.strictObject({ min: severityName.default(0), match_undefined: z.boolean().default(false) }),
    ).optional(),
    bodies: names,
  })
  .transform((config, context) => toMatch(config, LOG_OPTIONS, context));

const METRIC_OPTIONS: Renamed = { metric_names: "metric_names", resources: "resource_attributes" };
const NO_EXPRESSIONS = 'expressions are those of another language; write them as "metric_conditions"';

/** Options of a cache that changes nothing but the speed. */
export const regexpSchema = section(
  z.strictObject({ cacheenabled: z.boolean().default(false), cachemaxnumentries: z.int().min(0).default(0) }),
);

/** Which metrics are meant, by their name and by their resource: each is looked at for itself. */
export const metricMatch: z.ZodType<MatchOrNone> = z
  .strictObject({
    match_type: z.enum(["strict", "regexp"], {
      error: ({ input }) => (input === "expr" ? `not supported: ${NO_EXPRESSIONS}` : undefined),
    }),
    regexp: regexpSchema.optional(),
    metric_names: names,
    expressions: unsupported(NO_EXPRESSIONS),
    resource_attributes: attributes,
  })
  .transform((config, context) => toMatch(config, METRIC_OPTIONS, context));
