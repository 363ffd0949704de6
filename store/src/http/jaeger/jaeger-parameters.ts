import { HttpError } from "../reply.js";

const goDuration = /^[+-]?(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/;
const unitNs: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** A Go duration such as `1.5s` or `1h2m`; undefined when the parameter is absent. */
export function durationNs(parameters: URLSearchParams, name: string): bigint | undefined {
  const text = parameters.get(name) ?? "";
  if (text === "") return undefined;
  let totalNs = 0;
  let rest = text;
  while (rest !== "") {
    const match = goDuration.exec(rest);
    if (match === null) {
      const problem = /^[+-]?[\d.]+$/.test(rest) ? "missing unit in" : "invalid";
      throw parseError(name, `time: ${problem} duration ${JSON.stringify(text)}`);
    }
    totalNs += Number(match[1]) * (unitNs[match[2] as string] as number);
    rest = rest.slice(match[0].length);
  }
  return BigInt(Math.round(totalNs));
}

/** An integer parameter; `fallback` when it is absent. */
export function integer(parameters: URLSearchParams, name: string, fallback: bigint): bigint {
  const text = parameters.get(name) ?? "";
  if (text === "") return fallback;
  if (!/^[+-]?\d{1,18}$/.test(text)) {
    throw parseError(name, `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return BigInt(text);
}

/** `tag=key:value` (repeatable) and `tags={"key":"value"}`. */
export function tags(parameters: URLSearchParams): Record<string, string> {
  const found: Record<string, string> = {};
  for (const text of parameters.getAll("tag")) {
    const colon = text.indexOf(":");
    if (colon < 0) throw new HttpError(400, `malformed 'tag' parameter, expecting key:value, received: ${text}`);
    found[text.slice(0, colon)] = text.slice(colon + 1);
  }
  for (const text of parameters.getAll("tags")) {
    for (const [key, value] of Object.entries(jsonTags(text))) found[key] = value;
  }
  return found;
}

function jsonTags(text: string): Record<string, string> {
  const malformed = "malformed 'tags' parameter, cannot unmarshal JSON";
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new HttpError(400, `${malformed}: ${(cause as Error).message}`, { cause });
  }
  const isMap = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
  if (!isMap || Object.values(parsed as object).some((value) => typeof value !== "string")) {
    throw new HttpError(400, `${malformed}: it must be an object of strings`);
  }
  return parsed as Record<string, string>;
}

/** Up to 32 hex digits, padded to the 32 of a stored id. */
export function traceId(text: string): string {
  if (!/^[0-9a-fA-F]{1,32}$/.test(text)) {
    throw new HttpError(400, `cannot parse trace ID ${JSON.stringify(text)}: it must be 1 to 32 hex digits`);
  }
  return text.toLowerCase().padStart(32, "0");
}

function parseError(name: string, problem: string): HttpError {
  return new HttpError(400, `unable to parse param '${name}': ${problem}`);
}
