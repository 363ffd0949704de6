import { invalidParameter } from "./api-error.js";

const floatPattern = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const rfc3339Pattern = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const durationPattern = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const durationUnitsMs = [365 * 86_400_000, 7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1000, 1];

/** Unix seconds with up to three decimals, or RFC 3339. Milliseconds, or undefined when it is neither. */
export function parseTime(text: string): number | undefined {
  if (floatPattern.test(text)) return Math.round(Number(text) * 1000);
  // Without the longer fraction, which JavaScript dates do not read.
  if (rfc3339Pattern.test(text)) {
    const timeMs = Date.parse(text.toUpperCase().replace(/(\.\d{3})\d+/, "$1"));
    return Number.isNaN(timeMs) ? undefined : timeMs;
  }
  return undefined;
}

/** Seconds as a float, or a Prometheus duration such as `1h30m`. Milliseconds, or undefined when it is neither. */
export function parseDuration(text: string): number | undefined {
  if (floatPattern.test(text)) return Number(text) * 1000;
  const match = text === "" ? null : durationPattern.exec(text);
  if (match === null) return undefined;
  return durationUnitsMs.reduce((sum, unitMs, index) => sum + Number(match[index + 1] ?? 0) * unitMs, 0);
}

/** A time that the request must carry. */
export function requiredTime(parameters: URLSearchParams, name: string): number {
  const text = parameters.get(name) ?? "";
  const timeMs = parseTime(text);
  if (timeMs === undefined) throw invalidParameter(name, `cannot parse ${quoted(text)} to a valid timestamp`);
  return timeMs;
}

export function optionalTime(parameters: URLSearchParams, name: string, defaultMs: number): number {
  const text = parameters.get(name) ?? "";
  if (text === "") return defaultMs;
  const timeMs = parseTime(text);
  if (timeMs !== undefined) return timeMs;
  throw invalidParameter(name, `invalid time value for '${name}': cannot parse ${quoted(text)} to a valid timestamp`);
}

export function requiredDuration(parameters: URLSearchParams, name: string): number {
  const text = parameters.get(name) ?? "";
  const durationMs = parseDuration(text);
  if (durationMs === undefined) throw invalidParameter(name, `cannot parse ${quoted(text)} to a valid duration`);
  return durationMs;
}

/** 0 when there is no limit. */
export function parseLimit(parameters: URLSearchParams): number {
  const text = parameters.get("limit") ?? "";
  if (text === "") return 0;
  if (!/^[+-]?\d+$/.test(text)) {
    throw invalidParameter("limit", `strconv.Atoi: parsing ${quoted(text)}: invalid syntax`);
  }
  if (Number(text) < 0) throw invalidParameter("limit", "limit must be non-negative");
  return Number(text);
}

/** Go's %q for the text that people type. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
