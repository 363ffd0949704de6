import { isIP } from "node:net";
import { RE2JS } from "re2js";
import type { Value } from "./ast.js";
import { isTruthy, type TemplateFunction } from "./execute.js";
import { goType, printValue, sprintf } from "./format.js";
import { humanizeFunctions } from "./humanize.js";

/** One element of a query's result, as templates see it. */
export interface TemplateSample {
  readonly Labels: Readonly<Record<string, string>>;
  readonly Value: Value;
}

export interface TemplateContext {
  /** Milliseconds since 1970 of the evaluation. */
  readonly timeMs: number;
  /** Where people find this server, without a slash at the end. */
  readonly externalUrl: string;
  query(expression: string): Promise<readonly TemplateSample[]>;
}

/** The functions of Go's text/template and of Prometheus' alert templates. */
export function templateFunctions(context: TemplateContext): ReadonlyMap<string, TemplateFunction> {
  const all = { ...builtins, ...textFunctions, ...humanizeFunctions, ...sampleFunctions, ...contextFunctions(context) };
  return new Map(Object.entries(all));
}

const builtins: Record<string, TemplateFunction> = {
  not: (value) => !isTruthy(value),
  len: (value) => BigInt(length(value)),
  index: (value, ...keys) => keys.reduce(indexed, value),
  print: (...values) => values.map(printValue).join(""),
  println: (...values) => `${values.map(printValue).join(" ")}\n`,
  printf: (format, ...values) => sprintf(text(format), values),
  html: (...values) => htmlEscaped(values.map(printValue).join("")),
  js: (...values) =>
    JSON.stringify(values.map(printValue).join(""))
      .slice(1, -1)
      .replace(/[<>&'=]/g, unicodeEscape),
  urlquery: (...values) => urlQueryEscape(values.map(printValue).join("")),
  eq: (value, ...others) => others.some((other) => compare(value, other) === 0),
  ne: (a, b) => compare(a, b) !== 0,
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
};

const textFunctions: Record<string, TemplateFunction> = {
  args: (...values) => Object.fromEntries(values.map((value, index) => [`arg${index}`, value])),
  reReplaceAll: (pattern, replacement, input) => {
    return RE2JS.compile(text(pattern))
      .matcher(text(input))
      .replaceAll(javaReplacement(text(replacement)));
  },
  match: (pattern, input) => RE2JS.compile(text(pattern)).matcher(text(input)).find(),
  safeHtml: (value) => text(value),
  title: (value) =>
    text(value).replace(
      /(^|[^\p{L}\p{N}'_])(\p{Ll})/gu,
      (_, before: string, letter: string) => before + letter.toUpperCase(),
    ),
  toUpper: (value) => text(value).toUpperCase(),
  toLower: (value) => text(value).toLowerCase(),
  graphLink: (expression) => graphLink(text(expression), 0),
  tableLink: (expression) => tableLink(text(expression)),
  stripPort: (value) => splitHostPort(text(value))?.host ?? text(value),
  stripDomain: (value) => stripDomain(text(value)),
  urlQueryEscape: (value) => urlQueryEscape(text(value)),
};

const sampleFunctions: Record<string, TemplateFunction> = {
  first(samples) {
    const [sample] = samples as readonly TemplateSample[];
    if (sample === undefined) throw new Error("first() called on vector with no elements");
    return sample;
  },
  label: (name, sample) => labelOf(sample as TemplateSample, text(name)),
  value: (sample) => (sample as TemplateSample).Value,
  strvalue: (sample) => labelOf(sample as TemplateSample, "__value__"),
  sortByLabel(name, samples) {
    const by = text(name);
    return [...(samples as readonly TemplateSample[])].sort((a, b) => {
      const [x, y] = [labelOf(a, by), labelOf(b, by)];
      return x < y ? -1 : x > y ? 1 : 0;
    });
  },
};

function contextFunctions(context: TemplateContext): Record<string, TemplateFunction> {
  return {
    query: (expression) => context.query(text(expression)),
    now: () => context.timeMs / 1000,
    externalURL: () => context.externalUrl,
    pathPrefix: () => (context.externalUrl === "" ? "" : new URL(context.externalUrl).pathname.replace(/\/$/, "")),
  };
}

/** Where Prometheus' pages show an expression as a table; part of every alert that is sent. */
export function tableLink(expression: string): string {
  return graphLink(expression, 1);
}

function graphLink(expression: string, tab: number): string {
  return `/graph?g0.expr=${urlQueryEscape(expression)}&g0.tab=${tab}`;
}

function labelOf({ Labels }: TemplateSample, name: string): string {
  return Object.hasOwn(Labels, name) ? (Labels[name] as string) : "";
}

function text(value: Value): string {
  if (typeof value === "string") return value;
  throw new Error(`wrong type for value; expected string; got ${goType(value)}`);
}

function length(value: Value): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (typeof value === "object" && value !== null) return Object.keys(value).length;
  throw new Error(`len of type ${goType(value)}`);
}

function indexed(value: Value, key: Value): Value {
  if (Array.isArray(value)) {
    const at = typeof key === "bigint" ? Number(key) : Number.NaN;
    if (!(at >= 0 && at < value.length)) throw new Error(`index out of range: ${printValue(key)}`);
    return value[at] as Value;
  }
  if (typeof value !== "object" || value === null) throw new Error(`can't index item of type ${goType(value)}`);
  const name = text(key);
  return Object.hasOwn(value, name) ? (value as Record<string, Value>)[name] : "";
}

/** Go compares only what is of one kind. NaN is neither equal to anything nor ordered: it counts as different. */
function compare(a: Value, b: Value): number {
  if (typeof a !== typeof b || typeof a === "object" || a === undefined) {
    if ((a === null || a === undefined) && (b === null || b === undefined)) return 0;
    throw new Error("incompatible types for comparison");
  }
  const [x, y] = [a as number, b as number];
  if (x === y) return 0;
  return x < y ? -1 : x > y ? 1 : Number.NaN;
}

/** Go writes `$1` and `${1}` where Java's replacement has `$1`; a name after `$` runs as far as word characters go. */
function javaReplacement(replacement: string): string {
  return replacement
    .replaceAll("\\", "\\\\")
    .replace(/\$(\$|\{(\w+)\}|(\w+))?/g, (all, next: string | undefined, braced?: string, bare?: string) => {
      if (next === "$" || next === undefined) return "\\$";
      const group = braced ?? bare ?? "";
      return /^\d+$/.test(group) ? `$${group}` : all.length > 0 ? `\${${group}}` : "";
    });
}

function htmlEscaped(value: string): string {
  const escapes: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&#34;",
    "'": "&#39;",
  };
  return value.replace(/[&<>"']/g, (character) => escapes[character] as string);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Go's url.QueryEscape. */
export function urlQueryEscape(value: string): string {
  return encodeURIComponent(value)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}

function splitHostPort(value: string): { host: string; port: string } | undefined {
  const match = /^(?:\[([^\][]*)\]|([^\][:]*)):([^:\][]*)$/.exec(value);
  return match === null ? undefined : { host: match[1] ?? match[2] ?? "", port: match[3] ?? "" };
}

function stripDomain(value: string): string {
  const parts = splitHostPort(value);
  const host = parts?.host ?? value;
  if (isIP(host) !== 0) return value;
  const first = host.split(".", 1)[0] ?? "";
  return parts === undefined || parts.port === "" ? first : `${first}:${parts.port}`;
}

const none: TemplateContext = { timeMs: 0, externalUrl: "", query: () => Promise.resolve([]) };

/** What a template may call: to find mistakes when rules are read. `and` and `or` are part of the language. */
export const functionNames: ReadonlySet<string> = new Set([...templateFunctions(none).keys(), "and", "or"]);
