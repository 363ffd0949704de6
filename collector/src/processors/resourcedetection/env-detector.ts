import { type Detected, type Detector, NOTHING } from "./detector.js";

/** The attributes in `OTEL_RESOURCE_ATTRIBUTES`: `key=value,key=value`, values percent-encoded. */
export function envDetector(env: NodeJS.ProcessEnv): Detector {
  return { name: "env", detect: async () => detectedIn(env) };
}

/** `OTEL_RESOURCE` is the name that the variable once had. */
const VARIABLES = ["OTEL_RESOURCE_ATTRIBUTES", "OTEL_RESOURCE"] as const;

function detectedIn(env: NodeJS.ProcessEnv): Detected {
  for (const variable of VARIABLES) {
    const text = (env[variable] ?? "").trim();
    if (text !== "") return { attributes: parsePairs(text, variable), schemaUrl: "" };
  }
  return NOTHING;
}

/** Keys have 1 to 256 and values up to 256 characters of ASCII, as the Collector reads them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
const PAIR = /\s*([\x00-\x7f]{1,256}?)\s*=\s*([\x00-\x7f]{0,256}?)\s*(?:,|$)/y;

/** Of a key that is there twice the last counts. @throws Error */
export function parsePairs(text: string, variable: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (let offset = 0; offset < text.length; offset = PAIR.lastIndex) {
    PAIR.lastIndex = offset;
    const match = PAIR.exec(text);
    if (match === null) throw new Error(`${variable}: "${text.slice(offset)}" is not written as key=value`);
    const [pair, key = "", value = ""] = match;
    try {
      attributes.set(key, decodeURIComponent(value.replaceAll("+", " ")));
    } catch (cause) {
      throw new Error(`${variable}: "${pair.trim()}" has an invalid percent-encoding`, { cause });
    }
  }
  return attributes;
}
