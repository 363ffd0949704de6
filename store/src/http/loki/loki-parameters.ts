import { parseLogqlDuration } from "../../logs/logql/lexer.js";
import { parseGoTime } from "../jaeger/go-text.js";
import { HttpError } from "../reply.js";

const secondNs = 1_000_000_000n;
/** Loki's own bounds. */
const maxLimit = 5000;
export const maxSteps = 11_000n;

export interface LokiWindow {
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** `start`, `end` and `since`; the last hour when they are left out. */
export function window(parameters: URLSearchParams, nowMs: number): LokiWindow {
  const endNs = time(parameters, "end") ?? BigInt(Math.trunc(nowMs)) * 1_000_000n;
  const sinceText = parameters.get("since") ?? "";
  const sinceNs = sinceText === "" ? 3600n * secondNs : duration("since", sinceText);
  const startNs = time(parameters, "start") ?? endNs - sinceNs;
  if (endNs < startNs) throw new HttpError(400, "end timestamp must not be before or equal to start time");
  return { startNs, endNs };
}

/** A number of nanoseconds (or seconds, when it has at most ten digits or a fraction), or RFC 3339. */
export function time(parameters: URLSearchParams, name: string): bigint | undefined {
  const text = parameters.get(name) ?? "";
  if (text === "") return undefined;
  if (/^-?\d{1,10}$/.test(text)) return BigInt(text) * secondNs;
  if (/^-?\d{11,19}$/.test(text)) return BigInt(text);
  if (/^-?\d+\.\d+$/.test(text)) return BigInt(Math.round(Number(text) * 1000)) * 1_000_000n;
  try {
    return parseGoTime(text);
  } catch (cause) {
    throw new HttpError(400, `could not parse '${name}' parameter: ${(cause as Error).message}`, { cause });
  }
}

function duration(name: string, text: string): bigint {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? BigInt(Math.round(Number(text) * 1e9)) : parseLogqlDuration(text);
  if (seconds === undefined || seconds <= 0n) {
    throw new HttpError(
      400,
      `cannot parse ${JSON.stringify(text)} to a valid duration: '${name}' takes 15s or seconds`,
    );
  }
  return seconds;
}

/** The resolution; by default 250 points. */
export function step(parameters: URLSearchParams, { startNs, endNs }: LokiWindow): bigint {
  const text = parameters.get("step") ?? "";
  const defaultSeconds = (endNs - startNs) / secondNs / 250n;
  const stepNs = text === "" ? (defaultSeconds < 1n ? 1n : defaultSeconds) * secondNs : duration("step", text);
  if ((endNs - startNs) / stepNs <= maxSteps) return stepNs;
  throw new HttpError(
    400,
    "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter",
  );
}

export function limit(parameters: URLSearchParams): number {
  const text = parameters.get("limit") ?? "";
  if (text === "") return 100;
  if (!/^\d{1,9}$/.test(text)) throw new HttpError(400, `limit must be a positive number, not ${JSON.stringify(text)}`);
  if (Number(text) <= maxLimit) return Number(text);
  throw new HttpError(
    400,
    `max entries limit per query exceeded, limit > max_entries_limit_per_query (${text} > ${maxLimit})`,
  );
}

/** Whether the oldest lines come first. */
export function isForward(parameters: URLSearchParams): boolean {
  const text = (parameters.get("direction") ?? "backward").toLowerCase();
  if (text === "forward" || text === "backward" || text === "") return text === "forward";
  throw new HttpError(400, `invalid direction '${text}'`);
}
