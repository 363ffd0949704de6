import { type ZodType, z } from "zod";
import { parseDurationMs } from "../../config/schema-types.js";

/** A Prometheus duration: as Go's, and days, weeks and years. In code, milliseconds, above 0. */
export function prometheusDuration(): ZodType<number>;
export function prometheusDuration(defaultText: string): ZodType<number>;
export function prometheusDuration(defaultText?: string): ZodType<number> {
  const schema = z.string().transform((text, context) => {
    const milliseconds = parsePrometheusDurationMs(text);
    if (milliseconds !== undefined && milliseconds > 0) return milliseconds;
    context.addIssue({ code: "custom", message: `"${text}" is not a duration; write it like "15s" or "1m"` });
    return z.NEVER;
  });
  return defaultText === undefined ? schema : schema.default(parsePrometheusDurationMs(defaultText) as number);
}

export function parsePrometheusDurationMs(text: string): number | undefined {
  const days = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(.*)$/.exec(text);
  if (days === null || text === "") return undefined;
  const rest = days[4] === "" ? 0 : parseDurationMs(days[4] as string);
  if (rest === undefined) return undefined;
  return (Number(days[1] ?? 0) * 365 + Number(days[2] ?? 0) * 7 + Number(days[3] ?? 0)) * 86_400_000 + rest;
}
