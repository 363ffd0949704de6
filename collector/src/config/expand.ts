import { readFileSync } from "node:fs";
import type { ConfigProblem } from "./config-error.js";
import type { Located, LocatedEntry, LocatedScalar, Place } from "./located.js";
import { parseYaml } from "./parse-yaml.js";

export interface ExpandContext {
  readonly env: NodeJS.ProcessEnv;
  readonly problems: ConfigProblem[];
  readonly warnings: string[];
}

const ENV_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** A file or a variable may refer to others; deeper than this it refers to itself. */
const MAX_DEPTH = 20;

/**
 * Replaces `${env:NAME}`, `${NAME}`, `${env:NAME:-default}`, `${file:PATH}`, `${yaml:TEXT}` and `$$` in every string, as the Collector
 * does. A value that is nothing but one reference takes the type that its text has as YAML.
 */
export function expand(located: Located, context: ExpandContext, depth: number = 0): Located {
  if (located.kind === "sequence") {
    return { ...located, items: located.items.map((item) => expand(item, context, depth)) };
  }
  if (located.kind === "mapping") {
    const entries = new Map<string, LocatedEntry>();
    for (const [key, entry] of located.entries) {
      entries.set(key, { keyPlace: entry.keyPlace, value: expand(entry.value, context, depth) });
    }
    return { ...located, entries };
  }
  return typeof located.value === "string" && located.value.includes("$")
    ? expandScalar(located, located.value, context, depth)
    : located;
}

function expandScalar(scalar: LocatedScalar, text: string, context: ExpandContext, depth: number): Located {
  const { place } = scalar;
  const whole = references(text);
  if (whole.length === 1 && whole[0]?.start === 0 && whole[0].end === text.length) {
    const value = resolve(whole[0].body, place, context, depth);
    if (value === undefined) return { ...scalar, value: null, text: "", expanded: true };
    const parsed = parseYaml(place.source, value, []);
    if (parsed === undefined) return { ...scalar, value, text: value, expanded: true };
    return expand(relocate(parsed, place, value), context, depth + 1);
  }
  let result = "";
  let at = 0;
  for (const reference of whole) {
    const value = resolve(reference.body, place, context, depth) ?? "";
    result += unescapeDollars(text.slice(at, reference.start)) + expandText(value, place, context, depth + 1);
    at = reference.end;
  }
  result += unescapeDollars(text.slice(at));
  return { ...scalar, value: result, text: result };
}

function unescapeDollars(text: string): string {
  return text.replaceAll("$$", "$");
}

interface Reference {
  readonly start: number;
  readonly end: number;
  readonly body: string;
}

/** Finds `${…}` that are not escaped as `$${…}`; braces inside (a default of `${env:B}`) are matched. */
function references(text: string): Reference[] {
  const found: Reference[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== "$") continue;
    if (text[at + 1] === "$") {
      at++;
      continue;
    }
    if (text[at + 1] !== "{") continue;
    const end = closingBrace(text, at + 2);
    if (end < 0) continue;
    found.push({ start: at, end: end + 1, body: text.slice(at + 2, end) });
    at = end;
  }
  return found;
}

function closingBrace(text: string, from: number): number {
  let open = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "{") open++;
    else if (text[at] === "}" && --open === 0) return at;
  }
  return -1;
}

function resolve(body: string, place: Place, context: ExpandContext, depth: number): string | undefined {
  const fail = (message: string): undefined => {
    context.problems.push({ place, path: "", message: `cannot expand "\${${body}}": ${message}` });
    return undefined;
  };
  if (depth > MAX_DEPTH) return fail("it refers to itself");
  if (body.startsWith("file:")) {
    const path = body.slice("file:".length);
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      return fail((error as Error).message);
    }
  }
  if (body.startsWith("yaml:")) return body.slice("yaml:".length).trim();
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]+):(?!-)/.exec(body)?.[1];
  if (scheme !== undefined && scheme !== "env")
    return fail(`scheme "${scheme}" is not supported here; use env, file or yaml`);
  const reference = scheme === "env" ? body.slice("env:".length) : body;
  const split = reference.indexOf(":-");
  const name = split < 0 ? reference : reference.slice(0, split);
  if (!ENV_NAME.test(name)) return fail(`"${name}" is not a name of an environment variable`);
  const value = context.env[name];
  if (value !== undefined) return value;
  if (split >= 0) return expandText(reference.slice(split + 2), place, context, depth + 1);
  context.warnings.push(`configuration references unset environment variable ${name}`);
  return undefined;
}

function expandText(text: string, place: Place, context: ExpandContext, depth: number): string {
  if (!text.includes("$")) return text;
  const scalar: LocatedScalar = { kind: "scalar", value: text, text, expanded: false, place };
  const result = expandScalar(scalar, text, context, depth);
  return result.kind === "scalar" ? result.text : "";
}

/** What came out of a variable stands where the variable stood. */
function relocate(located: Located, place: Place, text: string): Located {
  if (located.kind === "scalar") return { ...located, place, expanded: true, text };
  if (located.kind === "sequence") {
    return { ...located, place, items: located.items.map((item) => relocate(item, place, text)) };
  }
  const entries = new Map<string, LocatedEntry>();
  for (const [key, entry] of located.entries) {
    entries.set(key, { keyPlace: place, value: relocate(entry.value, place, text) });
  }
  return { ...located, place, entries };
}
