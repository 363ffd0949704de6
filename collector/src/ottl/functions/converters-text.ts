import { isIP } from "node:net";
import { OttlError, type Value } from "../values.js";
import { anyText } from "./conversions.js";
import { define, type FunctionDefinition } from "./define.js";
import { sprintf } from "./format.js";
import { inNetwork, parseNetwork } from "./networks.js";
import {
  bytesLike,
  int,
  listOf,
  literalBool,
  literalString,
  map,
  optional,
  string,
  stringLike,
  value,
} from "./params.js";
import { patternOf } from "./regexp.js";
import { isInside, toCamel, toLower, toSnake, toUpper } from "./text.js";

const CASES: Readonly<Record<string, (text: string) => string>> = {
  lower: toLower,
  upper: toUpper,
  snake: toSnake,
  camel: toCamel,
};

const convertCase = define("ConvertCase", { target: string, toCase: literalString }, ({ target, toCase }) => {
  const convert = Object.hasOwn(CASES, toCase) ? CASES[toCase] : undefined;
  if (convert === undefined)
    throw new OttlError(`invalid case: ${toCase}, allowed are ${Object.keys(CASES).join(", ")}`);
  return (context) => convert(target.get(context));
});

function mapText(name: string, convert: (text: string) => string): FunctionDefinition {
  return define(
    name,
    { target: string },
    ({ target }) =>
      (context) =>
        convert(target.get(context)),
  );
}

/** A function of two texts. */
function ofTwo(name: string, second: string, combine: (text: string, other: string) => Value): FunctionDefinition {
  return define(
    name,
    { value: string, [second]: string },
    (given) => (context) => combine(given.value.get(context), (given[second] as typeof given.value).get(context)),
  );
}

const concat = define(
  "Concat",
  { values: listOf(stringLike), delimiter: string },
  ({ values, delimiter }) =>
    (context) => {
      const between = delimiter.get(context);
      return values.map((item) => item.get(context) ?? "<nil>").join(between);
    },
);

const split = define("Split", { target: string, delimiter: string }, ({ target, delimiter }) => (context) => {
  const text = target.get(context);
  const by = delimiter.get(context);
  return by === "" ? [...text] : text.split(by);
});

const substring = define(
  "Substring",
  { target: string, start: int, length: int, utf8Safe: optional(literalBool) },
  ({ target, start, length, utf8Safe = false }) =>
    (context) => {
      const from = start.get(context);
      if (from < 0n) throw new OttlError(`invalid start for substring function, ${from} cannot be negative`);
      const count = length.get(context);
      if (count <= 0n)
        throw new OttlError(`invalid length for substring function, ${count} cannot be negative or zero`);
      const bytes = Buffer.from(target.get(context), "utf8");
      if (from + count > BigInt(bytes.length)) {
        throw new OttlError(`substring ${from}+${count} is longer than the ${bytes.length} bytes of the target`);
      }
      let first = Number(from);
      let end = Number(from + count);
      if (utf8Safe) {
        while (isInside(bytes, first)) first++;
        while (end > first && isInside(bytes, end)) end--;
      }
      return bytes.toString("utf8", first, Math.max(first, end));
    },
);

const trim = define("Trim", { target: string, replacement: optional(literalString) }, ({ target, replacement }) => {
  const unwanted = new Set(replacement ?? " ");
  return (context) => {
    const chars = [...target.get(context)];
    let start = 0;
    let end = chars.length;
    while (start < end && unwanted.has(chars[start] as string)) start++;
    while (end > start && unwanted.has(chars[end - 1] as string)) end--;
    return chars.slice(start, end).join("");
  };
});

const isMatch = define("IsMatch", { target: stringLike, pattern: string }, (given) => {
  const pattern = patternOf(given.pattern);
  return (context) => {
    const matching = pattern(context);
    const text = given.target.get(context);
    return text !== null && matching.test(text);
  };
});

const format = define(
  "Format",
  { formatString: literalString, formatArguments: listOf(value) },
  ({ formatString, formatArguments }) =>
    (context) =>
      sprintf(
        formatString,
        formatArguments.map((argument) => argument.get(context)),
      ),
);

const hex = define("Hex", { value: bytesLike }, ({ value: target }) => (context) => {
  return Buffer.from(target.get(context) ?? []).toString("hex");
});

const isInCidr = define("IsInCIDR", { target: string, networks: listOf(string) }, ({ target, networks }) => {
  const isFixed = networks.every((network) => network.constant !== undefined);
  const fixed = isFixed ? networks.map((network) => parseNetwork(network.constant ?? "")) : [];
  return (context) => {
    const address = target.get(context);
    if (isIP(address) === 0) return false;
    const all = isFixed ? fixed : networks.map((network) => parseNetwork(network.get(context)));
    return all.some((network) => inNetwork(address, network));
  };
});

const toKeyValueString = define(
  "ToKeyValueString",
  {
    target: map,
    delimiter: optional(literalString),
    pairDelimiter: optional(literalString),
    sortOutput: optional(literalBool),
  },
  ({ target, delimiter = "=", pairDelimiter = " ", sortOutput = false }) => {
    checkDelimiters(delimiter, pairDelimiter);
    const quoted = (text: string): string => {
      const escaped = text.replaceAll('"', '\\"');
      return escaped.includes(pairDelimiter) || escaped.includes(delimiter) ? `"${escaped}"` : escaped;
    };
    return (context) => {
      const entries = [...target.get(context).entries()];
      if (sortOutput) entries.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      return entries.map(([key, item]) => `${quoted(key)}${delimiter}${quoted(anyText(item))}`).join(pairDelimiter);
    };
  },
);

/** @throws OttlError */
export function checkDelimiters(delimiter: string, pairDelimiter: string): void {
  if (delimiter === "") throw new OttlError("delimiter cannot be set to an empty string");
  if (pairDelimiter === "") throw new OttlError("pair delimiter cannot be set to an empty string");
  if (delimiter === pairDelimiter) throw new OttlError("pair delimiter cannot be equal to delimiter");
}

export const TEXT_CONVERTERS: readonly FunctionDefinition[] = [
  concat,
  convertCase,
  format,
  ofTwo("HasPrefix", "prefix", (text, prefix) => text.startsWith(prefix)),
  ofTwo("HasSuffix", "suffix", (text, suffix) => text.endsWith(suffix)),
  hex,
  isInCidr,
  isMatch,
  split,
  substring,
  mapText("ToCamelCase", toCamel),
  toKeyValueString,
  mapText("ToLowerCase", toLower),
  mapText("ToSnakeCase", toSnake),
  mapText("ToUpperCase", toUpper),
  trim,
  ofTwo("TrimPrefix", "prefix", (text, prefix) => (text.startsWith(prefix) ? text.slice(prefix.length) : text)),
  ofTwo("TrimSuffix", "suffix", (text, suffix) =>
    suffix !== "" && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text,
  ),
];
