import { HttpError } from "../reply.js";
import { parseGoBool, parseGoDuration, parseGoHex, parseGoInt } from "./go-text.js";

/** A parameter that a parser refuses answers 400 with Jaeger's words. */
function parsed<T>(parameters: URLSearchParams, name: string, fallback: T, parse: (text: string) => T): T {
  const text = parameters.get(name) ?? "";
  if (text === "") return fallback;
  try {
    return parse(text);
  } catch (cause) {
    throw new HttpError(400, `unable to parse param '${name}': ${(cause as Error).message}`, { cause });
  }
}

/** A Go duration such as `1.5s` in nanoseconds; 0 when the parameter is absent. */
export function durationParameter(parameters: URLSearchParams, name: string): bigint {
  return parsed(parameters, name, 0n, parseGoDuration);
}

/** A time or a duration as a number of units, each of so many nanoseconds. Go's arithmetic wraps around, so does this. */
export function unitsParameter(parameters: URLSearchParams, name: string, unitNs: bigint, fallbackNs: bigint): bigint {
  return parsed(parameters, name, fallbackNs, (text) => BigInt.asIntN(64, parseGoInt(text) * unitNs));
}

export function booleanParameter(parameters: URLSearchParams, name: string): boolean {
  return parsed(parameters, name, false, parseGoBool);
}

/** The number of traces that a search may answer. */
export function limitParameter(parameters: URLSearchParams, fallback: number): number {
  const text = parameters.get("limit") ?? "";
  if (text === "") return fallback;
  return Number(badRequest(() => parseGoInt(text, 32)));
}

/** Runs a parser whose error is told as it is. */
export function badRequest<T>(parse: () => T, prefix = ""): T {
  try {
    return parse();
  } catch (cause) {
    throw new HttpError(400, prefix + (cause as Error).message, { cause });
  }
}

/** `tag=key:value` (repeatable) and `tags={"key":"value"}`. */
export function tags(parameters: URLSearchParams): Record<string, string> {
  const found = new Map<string, string>();
  for (const text of parameters.getAll("tag")) {
    const colon = text.indexOf(":");
    if (colon < 0) throw new HttpError(400, `malformed 'tag' parameter, expecting key:value, received: ${text}`);
    found.set(text.slice(0, colon), text.slice(colon + 1));
  }
  for (const text of parameters.getAll("tags")) {
    for (const [key, value] of Object.entries(jsonTags(text))) found.set(key, value);
  }
  return Object.fromEntries(found);
}

function jsonTags(text: string): Record<string, string> {
  const malformed = (problem: string, cause?: unknown): HttpError => {
    return new HttpError(400, `malformed 'tags' parameter, cannot unmarshal JSON: ${problem}`, { cause });
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const { message } = cause as Error;
    const position = Number(/position (\d+)/.exec(message)?.[1] ?? text.length);
    throw malformed(position >= text.length ? "unexpected end of JSON input" : message, cause);
  }
  if (json === null) return {};
  if (typeof json !== "object" || Array.isArray(json)) {
    throw malformed(`json: cannot unmarshal ${jsonKind(json)} into Go value of type map[string]string`);
  }
  const wrong = Object.values(json).find((value) => typeof value !== "string" && value !== null);
  if (wrong !== undefined) throw malformed(`json: cannot unmarshal ${jsonKind(wrong)} into Go value of type string`);
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, (value as string | null) ?? ""]));
}

function jsonKind(value: unknown): string {
  if (typeof value === "boolean") return "bool";
  return Array.isArray(value) ? "array" : typeof value;
}

/**
 * One to 32 hex digits as the 32 of a stored id.
 * @throws {Error} with Jaeger's text
 */
export function parseTraceId(text: string): string {
  if (text.length > 32) throw new Error(`TraceID cannot be longer than 32 hex characters: ${text}`);
  if (text.length <= 16) return "0".repeat(16) + parseGoHex(text);
  return parseGoHex(text.slice(0, -16)) + parseGoHex(text.slice(-16));
}

/** An id as Jaeger shows it: 64-bit ones have 16 digits. */
export function shownTraceId(storedId: string): string {
  return storedId.startsWith("0000000000000000") ? storedId.slice(16) : storedId;
}
