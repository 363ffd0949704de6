import { maxDurationMs, parseUnits } from "../../rules/duration.js";
import { ApiError, invalidParameter } from "./api-error.js";

/** What Go's float parser takes, underscores and hexadecimal floats aside. */
const floatPattern = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const infinityPattern = /^[+-]?inf(inity)?$/i;
const nanPattern = /^[+-]?nan$/i;
const rfc3339Pattern = /^(\d{4}-\d\d)-(\d\d)T([01]\d|2[0-3]):\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Prometheus' own bounds of time in milliseconds, and as its clients send them back to it. */
const minTimeMs = -9_223_309_901_257_974_000;
const maxTimeMs = 9_223_309_901_257_974_000;
const minTimeText = "-292273086-05-16T16:47:06Z";
const maxTimeText = "292277025-08-18T07:12:54.999999999Z";

/**
 * Unix seconds with up to three decimals, or RFC 3339. Milliseconds, or undefined when it is neither. Go would make some
 * number of NaN, infinity and what is beyond its 64 bits; here they are no times.
 */
export function parseTime(text: string): number | undefined {
  if (floatPattern.test(text)) {
    const seconds = Math.trunc(Number(text));
    const timeMs = seconds * 1000 + Math.round((Number(text) - seconds) * 1000);
    return Math.abs(timeMs) <= maxTimeMs ? timeMs : undefined;
  }
  const [matched, month, day] = rfc3339Pattern.exec(text) ?? [];
  if (matched !== undefined) {
    // Without the longer fraction, which JavaScript dates do not read; they do read the 30th of February.
    const timeMs = Date.parse(text.replace(/(\.\d{3})\d+/, "$1"));
    const isInMonth = new Date(`${month}-${day}T00:00:00Z`).getUTCDate() === Number(day);
    return isInMonth && !Number.isNaN(timeMs) ? timeMs : undefined;
  }
  if (text === minTimeText) return minTimeMs;
  return text === maxTimeText ? maxTimeMs : undefined;
}

/** Seconds as a float, or a Prometheus duration such as `1h30m`. Milliseconds, or undefined when it is neither. */
export function parseDuration(text: string): number | undefined {
  if (floatPattern.test(text)) return Number(text) * 1000;
  if (infinityPattern.test(text)) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (nanPattern.test(text)) return Number.NaN;
  return parseUnits(text);
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
  try {
    return durationOf(parameters.get(name) ?? "");
  } catch (cause) {
    throw invalidParameter(name, (cause as Error).message);
  }
}

/** Milliseconds of `lookback_delta`; undefined when the request names none, or 0, which stands for the default. */
export function lookbackDelta(parameters: URLSearchParams): number | undefined {
  const text = parameters.get("lookback_delta") ?? "";
  if (text === "") return undefined;
  try {
    const durationMs = durationOf(text);
    return durationMs > 0 ? Math.trunc(durationMs) : undefined;
  } catch (cause) {
    throw new ApiError("bad_data", `error parsing lookback delta duration: ${(cause as Error).message}`);
  }
}

/** 0 when there is no limit. */
export function parseLimit(parameters: URLSearchParams): number {
  const text = parameters.get("limit") ?? "";
  if (text === "") return 0;
  const problem = integerProblem(text);
  if (problem !== undefined) throw invalidParameter("limit", `strconv.Atoi: parsing ${quoted(text)}: ${problem}`);
  if (Number(text) < 0) throw invalidParameter("limit", "limit must be non-negative");
  return Number(text);
}

/** An integer as Go reads it; `fallback` when there is none. @throws {ApiError} "… must be a number" */
export function plainInteger(parameters: URLSearchParams, name: string, fallback: number): number {
  const text = parameters.get(name) ?? "";
  if (text === "") return fallback;
  if (integerProblem(text) !== undefined) throw new ApiError("bad_data", `${name} must be a number`);
  return Number(text);
}

/** What Go's integer parser would say of the text; undefined when nothing. */
export function integerProblem(text: string): string | undefined {
  if (!/^[+-]?\d+$/.test(text)) return "invalid syntax";
  return Math.abs(Number(text)) >= 2 ** 63 ? "value out of range" : undefined;
}

/** @throws {Error} in Prometheus' words */
function durationOf(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs === undefined) throw new Error(`cannot parse ${quoted(text)} to a valid duration`);
  if (Math.abs(durationMs) > maxDurationMs) {
    throw new Error(`cannot parse ${quoted(text)} to a valid duration. It overflows int64`);
  }
  return durationMs;
}

/** Go's %q for the text that people type. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
