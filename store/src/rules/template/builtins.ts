import { printValue, sprint } from "./print.js";
import { define, type TemplateFunction } from "./signature.js";
import { sprintf } from "./sprintf.js";
import { GoMap, GoStruct, isTrue, typeName, type Value } from "./values.js";

/** The functions of Go's text/template, without `call`; `and` and `or` are part of the language. */
export const builtins: Readonly<Record<string, TemplateFunction>> = {
  not: define(["value"], (value: Value) => !isTrue(value)),
  len: define(["value"], (value: Value) => BigInt(length(value))),
  index: define(["value"], (value: Value, ...keys: Value[]) => index(value, keys), "value"),
  slice: define(["value"], (value: Value, ...bounds: Value[]) => slice(value, bounds), "value"),
  print: define([], (...values: Value[]) => sprint(values), "any"),
  println: define([], (...values: Value[]) => `${values.map(printValue).join(" ")}\n`, "any"),
  printf: define(["string"], (format: string, ...values: Value[]) => sprintf(format, values), "any"),
  html: define([], (...values: Value[]) => htmlEscaped(joined(values)), "any"),
  js: define([], (...values: Value[]) => jsEscaped(joined(values)), "any"),
  urlquery: define([], (...values: Value[]) => urlQueryEscape(joined(values)), "any"),
  eq: define(["value"], (first: Value, ...others: Value[]) => isEqualToAny(first, others), "value"),
  ne: define(["value", "value"], (a: Value, b: Value) => !isEqualToAny(a, [b])),
  lt: define(["value", "value"], (a: Value, b: Value) => isLess(a, b)),
  le: define(["value", "value"], (a: Value, b: Value) => isLess(a, b) || isEqualToAny(a, [b])),
  gt: define(["value", "value"], (a: Value, b: Value) => !(isLess(a, b) || isEqualToAny(a, [b]))),
  ge: define(["value", "value"], (a: Value, b: Value) => !isLess(a, b)),
};

function joined(values: readonly Value[]): string {
  return sprint(values.map((value) => (value === null || value === undefined ? "<no value>" : value)));
}

function length(value: Value): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (value instanceof GoMap) return value.entries.size;
  if (Array.isArray(value)) return value.length;
  if (value === undefined || value === null) throw new Error("reflect: call of reflect.Value.Type on zero Value");
  throw new Error(`len of type ${pointedType(value)}`);
}

/** What stands behind a pointer. */
function pointedType(value: Value): string {
  return typeName(value).replace(/^\*/, "");
}

function index(value: Value, keys: readonly Value[]): Value {
  if (value === undefined || value === null) throw new Error("index of untyped nil");
  let found: Value = value;
  for (const key of keys) {
    if (found instanceof GoMap) {
      if (typeof key !== "string") throw new Error(keyProblem(key));
      found = found.entries.has(key) ? found.entries.get(key) : found.zero;
    } else if (typeof found === "string") {
      const bytes = Buffer.from(found);
      found = BigInt(bytes[bound(key, bytes.length - 1)] ?? 0);
    } else if (Array.isArray(found)) {
      found = found[bound(key, found.length - 1)] as Value;
    } else if (found === undefined || found === null) {
      throw new Error("index of nil pointer");
    } else throw new Error(`can't index item of type ${pointedType(found)}`);
  }
  return found;
}

function keyProblem(key: Value): string {
  if (key === undefined || key === null) return "value is nil; should be of type string";
  return `value has type ${typeName(key)}; should be string`;
}

/** An index from 0 to `last`. */
function bound(key: Value, last: number): number {
  if (key === undefined || key === null) throw new Error("cannot index slice/array with nil");
  if (typeof key !== "bigint") throw new Error(`cannot index slice/array with type ${typeName(key)}`);
  if (key < 0n || key > BigInt(last)) throw new Error(`index out of range: ${key}`);
  return Number(key);
}

function slice(value: Value, bounds: readonly Value[]): Value {
  if (value === undefined || value === null) throw new Error("slice of untyped nil");
  if (bounds.length > 3) throw new Error(`too many slice indexes: ${bounds.length}`);
  if (typeof value === "string") {
    if (bounds.length === 3) throw new Error("cannot 3-index slice a string");
    const bytes = Buffer.from(value);
    const [from, to] = range(bounds, bytes.length);
    return bytes.subarray(from, to).toString();
  }
  if (!Array.isArray(value)) throw new Error(`can't slice item of type ${pointedType(value)}`);
  const [from, to] = range(bounds, value.length);
  return value.slice(from, to);
}

function range(bounds: readonly Value[], size: number): [from: number, to: number] {
  const [from = 0, to = size] = bounds.map((each) => bound(each, size));
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`);
  return [from, to];
}

type Kind = "bool" | "int" | "float" | "string" | undefined;

function kindOf(value: Value): Kind {
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return "float";
  return typeof value === "string" ? "string" : undefined;
}

function isEqualToAny(first: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new Error("missing argument for comparison");
  return others.some((other) => isEqual(first, other));
}

/** Go compares only what is of one kind. */
function isEqual(a: Value, b: Value): boolean {
  const [first, second] = [kindOf(a), kindOf(b)];
  const isNil = (value: Value): boolean => value === undefined || value === null;
  if (isNil(a) || isNil(b)) return isNil(a) && isNil(b);
  if (first !== second) throw new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  if (first !== undefined || (a instanceof GoStruct && b instanceof GoStruct)) return a === b;
  throw new Error(`non-comparable type ${printValue(b)}: ${typeName(b)}`);
}

function isLess(a: Value, b: Value): boolean {
  const [first, second] = [kindOf(a), kindOf(b)];
  if (first === undefined || second === undefined) throw new Error("invalid type for comparison");
  if (first !== second) throw new Error(`incompatible types for comparison: ${typeName(a)} and ${typeName(b)}`);
  if (first === "bool") throw new Error("invalid type for comparison");
  return (a as number) < (b as number);
}

const htmlEscapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
  "\0": "\ufffd",
};

function htmlEscaped(value: string): string {
  return value.replace(/[&<>"'\0]/g, (character) => htmlEscapes[character] ?? character);
}

function jsEscaped(value: string): string {
  return value.replace(/[\\'"]|[<>&=]|\p{Cc}/gu, (character) => {
    if (/[\\'"]/.test(character)) return `\\${character}`;
    return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  });
}

/** Go's url.QueryEscape. */
export function urlQueryEscape(value: string): string {
  return encodeURIComponent(value)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}
