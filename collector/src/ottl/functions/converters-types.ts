import { compareValues } from "../compare.js";
import { isList, isMap, Messages, OttlError, OttlTypeError, toStored, typeName, type Value } from "../values.js";
import { anyText, parseInt64 } from "./conversions.js";
import { define, type FunctionDefinition } from "./define.js";
import {
  boolLike,
  doubleLike,
  int,
  intLike,
  list,
  listOf,
  literalString,
  map,
  optional,
  string,
  stringLike,
  value,
} from "./params.js";

function isOf(name: string, test: (found: Value) => boolean): FunctionDefinition {
  return define(
    name,
    { value },
    ({ value: target }) =>
      (context) =>
        test(target.get(context)),
  );
}

/** What a list is to `IsList` and `Len`: also the events of a span. */
function isAnyList(found: Value): boolean {
  return isList(found) || (found instanceof Messages && found.isList);
}

const parseInteger = define("ParseInt", { target: string, base: int }, ({ target, base }) => (context) => {
  const text = target.get(context);
  if (text === "") throw new OttlError("invalid target value for ParseInt function, target cannot be empty");
  return parseIntWithBase(text, base.get(context));
});

const PREFIXES: readonly (readonly [RegExp, number])[] = [
  [/^0[xX]/, 16],
  [/^0[bB]/, 2],
  [/^0[oO]/, 8],
  [/^0(?=.)/, 8],
];

/** As Go's ParseInt: base 0 goes by the prefix, and then digits may have `_` between them. */
function parseIntWithBase(text: string, base: bigint): bigint {
  if (base < 0n || base === 1n || base > 36n) throw new OttlError(`invalid base ${base}`);
  const bad = () => new OttlError(`cannot parse ${JSON.stringify(text)} as an integer with base ${base}`);
  const sign = /^[-+]/.exec(text)?.[0] ?? "";
  let digits = text.slice(sign.length);
  let radix = Number(base);
  if (radix === 0) {
    const prefix = PREFIXES.find(([match]) => match.test(digits));
    radix = prefix?.[1] ?? 10;
    if (prefix !== undefined) digits = digits.replace(prefix[0], "");
    if (/__|_$/.test(digits) || (prefix === undefined && digits.startsWith("_"))) throw bad();
    digits = digits.replaceAll("_", "");
  }
  if (digits === "") throw bad();
  let result = 0n;
  for (const char of digits.toLowerCase()) {
    const digit = /[0-9a-z]/.test(char) ? Number.parseInt(char, 36) : 36;
    if (digit >= radix) throw bad();
    result = result * BigInt(radix) + BigInt(digit);
  }
  const signed = sign === "-" ? -result : result;
  if (BigInt.asIntN(64, signed) !== signed) throw new OttlError(`${text} does not fit an int64`);
  return signed;
}

const length = define("Len", { target: value }, ({ target }) => (context) => {
  const found = target.get(context);
  if (typeof found === "string") return BigInt(Buffer.byteLength(found));
  if (isList(found) || found instanceof Uint8Array) return BigInt(found.length);
  if (isMap(found)) return BigInt(found.size);
  if (found instanceof Messages && found.isList) return BigInt(found.records.length);
  throw new OttlError(`Len: unsupported target type ${typeName(found)}`);
});

const index = define("Index", { target: value, value }, ({ target, value: wanted }) => (context) => {
  const found = target.get(context);
  const sought = wanted.get(context);
  if (typeof found === "string") {
    if (typeof sought !== "string")
      throw new OttlError("invalid value type for Index function, value must be a string");
    const at = found.indexOf(sought);
    return at < 0 ? -1n : BigInt(Buffer.byteLength(found.slice(0, at)));
  }
  if (!isList(found)) throw new OttlTypeError(`expected list but got ${typeName(found)}`);
  return BigInt(found.findIndex((item) => compareValues(item, sought, "==")));
});

const coalesce = define("Coalesce", { values: listOf(value) }, ({ values }) => (context) => {
  for (const item of values) {
    const found = item.get(context);
    if (found !== null) return found;
  }
  return null;
});

const containsValue = define("ContainsValue", { target: list, item: value }, ({ target, item }) => (context) => {
  const sought = item.get(context);
  return target.get(context).some((one) => compareValues(one, sought, "=="));
});

const sort = define("Sort", { target: value, order: optional(literalString) }, ({ target, order = "asc" }) => {
  if (order !== "asc" && order !== "desc")
    throw new OttlError(`invalid arguments: ${order}. Order must be 'asc' or 'desc'`);
  return (context) => {
    const found = target.get(context);
    if (!isList(found)) throw new OttlError(`sort with unsupported type: ${typeName(found)}. Target is not a list`);
    return sorted(found, order === "desc" ? -1 : 1);
  };
});

/** Numbers by value; with anything else among them by their texts. Lists of other things stay as they are. */
function sorted(items: readonly Value[], direction: number): readonly Value[] {
  const isNumber = (item: Value) => typeof item === "bigint" || typeof item === "number";
  const isPlain = (item: Value) => item === null || typeof item === "string" || typeof item === "boolean";
  if (!items.every((item) => isNumber(item) || isPlain(item))) return items;
  const byText = items.some(isPlain);
  const keyed = items.map((item) => ({ item, key: byText ? anyText(item) : item }));
  const order = (a: Value, b: Value) => (compareValues(a, b, "<") ? -1 : compareValues(a, b, ">") ? 1 : 0);
  return keyed.sort((a, b) => order(a.key, b.key) * direction).map(({ item }) => item);
}

const sliceToMap = define(
  "SliceToMap",
  { target: list, keyPath: optional(listOf(literalString)), valuePath: optional(listOf(literalString)) },
  ({ target, keyPath = [], valuePath = [] }) =>
    (context) => {
      const result = new Map<string, Value>();
      for (const [position, item] of target.get(context).entries()) {
        if (!isMap(item)) {
          if (keyPath.length > 0 || valuePath.length > 0) throw new OttlError(`slice item ${position} is not a map`);
          result.set(String(position), item);
          continue;
        }
        const key = keyPath.length === 0 ? String(position) : follow(item, keyPath);
        if (typeof key !== "string") throw new OttlError(`the key of slice item ${position} is not a string`);
        result.set(key, valuePath.length === 0 ? item : follow(item, valuePath));
      }
      return toStored(result as Value);
    },
);

function follow(item: Value, keys: readonly string[]): Value {
  let found = item;
  for (const key of keys) {
    const next: Value | undefined = isMap(found) ? found.get(key) : undefined;
    if (next === undefined) throw new OttlError(`provided object does not contain the path ${JSON.stringify(keys)}`);
    found = next;
  }
  return found;
}

const isValidLuhn = define("IsValidLuhn", { value: stringLike }, ({ value: target }) => (context) => {
  const found = target.get(context);
  if (found === null) throw new OttlError("invalid input: nil");
  const digits = found.replaceAll(" ", "");
  if (digits === "") return false;
  if (!/^\d+$/.test(digits) || parseInt64(digits.slice(-1)) === undefined) {
    throw new OttlError(`${JSON.stringify(found)} does not consist of digits`);
  }
  let sum = 0;
  for (let at = digits.length - 2, double = true; at >= 0; at--, double = !double) {
    const digit = Number(digits[at]) * (double ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return (10 - (sum % 10)) % 10 === Number(digits.at(-1));
});

const log = define("Log", { value: doubleLike }, ({ value: target }) => (context) => {
  const found = target.get(context);
  if (found === null) throw new OttlError("invalid input: nil");
  if (!(found > 0)) throw new OttlError(`invalid input: expected number greater than zero but got ${found}`);
  return Math.log(found);
});

export const TYPE_CONVERTERS: readonly FunctionDefinition[] = [
  define(
    "Int",
    { value: intLike },
    ({ value: target }) =>
      (context) =>
        target.get(context),
  ),
  define(
    "Double",
    { value: doubleLike },
    ({ value: target }) =>
      (context) =>
        target.get(context),
  ),
  define(
    "Bool",
    { value: boolLike },
    ({ value: target }) =>
      (context) =>
        target.get(context),
  ),
  define(
    "String",
    { value: stringLike },
    ({ value: target }) =>
      (context) =>
        target.get(context),
  ),
  define("Keys", { target: map }, ({ target }) => (context) => [...target.get(context).keys()]),
  define(
    "Values",
    { target: map },
    ({ target }) =>
      (context) =>
        [...target.get(context).entries()].map(([, item]) => item),
  ),
  isOf("IsString", (found) => typeof found === "string"),
  isOf("IsBool", (found) => typeof found === "boolean"),
  isOf("IsInt", (found) => typeof found === "bigint"),
  isOf("IsDouble", (found) => typeof found === "number"),
  isOf("IsMap", isMap),
  isOf("IsList", isAnyList),
  parseInteger,
  length,
  index,
  coalesce,
  containsValue,
  sort,
  sliceToMap,
  isValidLuhn,
  log,
];
