import type { EditValue } from "@venturi/otlp";
import { isMap, OttlError, typeName, type Value } from "../values.js";
import { checkDelimiters } from "./converters-text.js";
import { readCsvRow } from "./csv.js";
import { decoderOf } from "./decode.js";
import { define, type FunctionDefinition } from "./define.js";
import { parseJson } from "./json.js";
import { literalString, map, optional, string, value } from "./params.js";
import { Pattern, patternOf } from "./regexp.js";
import { severityOf } from "./severity.js";
import { parseUrl } from "./url.js";

const parseJsonConverter = define("ParseJSON", { target: string }, ({ target }) => (context) => {
  const parsed = parseJson(target.get(context));
  if (isMap(parsed) || Array.isArray(parsed)) return parsed;
  throw new OttlError(`could not convert parsed value of type ${typeName(parsed)} to JSON object`);
});

const parseKeyValue = define(
  "ParseKeyValue",
  { target: string, delimiter: optional(literalString), pairDelimiter: optional(literalString) },
  ({ target, delimiter = "=", pairDelimiter = " " }) => {
    checkDelimiters(delimiter, pairDelimiter);
    return (context) => {
      const source = target.get(context);
      if (source === "") throw new OttlError("cannot parse from empty target");
      const result = new Map<string, EditValue>();
      for (const pair of splitQuoted(source, pairDelimiter)) {
        const at = pair.indexOf(delimiter);
        if (at < 0) throw new OttlError(`cannot split ${JSON.stringify(pair)} into 2 items, got 1 item`);
        result.set(pair.slice(0, at).trim(), pair.slice(at + delimiter.length).trim());
      }
      return result;
    };
  },
);

/** Splits where the delimiter is not in quotes; the quotes go, empty parts too. */
function splitQuoted(text: string, delimiter: string): string[] {
  const parts: string[] = [];
  let current = "";
  let quote = "";
  let isEscaped = false;
  for (let at = 0; at < text.length; at++) {
    if (quote === "" && text.startsWith(delimiter, at)) {
      if (current !== "") parts.push(current);
      current = "";
      at += delimiter.length - 1;
      continue;
    }
    const char = text[at] as string;
    if (isEscaped) isEscaped = false;
    else if (quote === "" && (char === '"' || char === "'")) {
      quote = char;
      continue;
    } else if (char === quote) {
      quote = "";
      continue;
    } else isEscaped = char === "\\";
    current += char;
  }
  if (quote !== "") throw new OttlError("never reached the end of a quoted value");
  if (current !== "") parts.push(current);
  return parts;
}

const CSV_MODES = ["strict", "lazyQuotes", "ignoreQuotes"];

const parseCsv = define(
  "ParseCSV",
  {
    target: string,
    headers: string,
    delimiter: optional(literalString),
    headerDelimiter: optional(literalString),
    mode: optional(literalString),
  },
  ({ target, headers, delimiter = ",", headerDelimiter = delimiter, mode = "strict" }) => {
    if ([...delimiter].length !== 1 || [...headerDelimiter].length !== 1) {
      throw new OttlError("invalid arguments: delimiter and headerDelimiter must be a single character");
    }
    if (!CSV_MODES.includes(mode)) throw new OttlError(`invalid mode: ${mode}, must be one of ${CSV_MODES.join(", ")}`);
    return (context) => {
      const row = target.get(context);
      const header = headers.get(context);
      if (header === "") throw new OttlError("headers must not be an empty string");
      const names = header.split(headerDelimiter);
      const fields = mode === "ignoreQuotes" ? row.split(delimiter) : readCsvRow(row, delimiter, mode === "lazyQuotes");
      if (fields.length !== names.length) {
        throw new OttlError(`wrong number of fields: expected ${names.length}, found ${fields.length}`);
      }
      return new Map<string, EditValue>(names.map((name, index) => [name, fields[index] as string]));
    };
  },
);

const extractPatterns = define("ExtractPatterns", { target: string, pattern: string }, (given) => {
  const pattern = patternOf(given.pattern);
  if (given.pattern.constant !== undefined) checkNamed(new Pattern(given.pattern.constant));
  return (context) => {
    const matching = pattern(context);
    checkNamed(matching);
    const groups = matching.groups(given.target.get(context)) ?? [];
    const result = new Map<string, EditValue>();
    for (const [index, name] of matching.groupNames.entries()) {
      if (name !== undefined && groups.length > 0) result.set(name, groups[index] ?? "");
    }
    return result;
  };
});

function checkNamed(pattern: Pattern): void {
  if (pattern.groupNames.every((name) => name === undefined)) {
    throw new OttlError("at least 1 named capture group must be supplied in the given regex");
  }
}

const parseSeverity = define("ParseSeverity", { target: value, mapping: map }, ({ target, mapping }) => {
  const { constant } = mapping;
  if (constant === undefined) throw new OttlError("severity mapping must be a map in the statement");
  const find = severityOf(constant);
  return (context) => find(target.get(context));
});

const decode = define("Decode", { value, encoding: string }, ({ value: target, encoding }) => {
  const fixed = encoding.constant === undefined ? undefined : decoderOf(encoding.constant);
  return (context) => {
    const found: Value = target.get(context);
    if (typeof found !== "string" && !(found instanceof Uint8Array)) {
      throw new OttlError(`unsupported type provided to Decode function: ${typeName(found)}`);
    }
    const run = fixed ?? decoderOf(encoding.get(context));
    return run(typeof found === "string" ? Buffer.from(found, "utf8") : found);
  };
});

const base64Decode = define(
  "Base64Decode",
  { value: string },
  ({ value: target }) =>
    (context) =>
      decoderOf("base64")(Buffer.from(target.get(context), "utf8")),
);

const VARIANTS: Readonly<Record<string, (bytes: Buffer) => string>> = {
  base64: (bytes) => bytes.toString("base64"),
  "base64-raw": (bytes) => bytes.toString("base64").replace(/=+$/, ""),
  "base64-url": (bytes) => bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_"),
  "base64-raw-url": (bytes) => bytes.toString("base64url"),
};

const base64Encode = define("Base64Encode", { value: string, variant: optional(string) }, (given) => (context) => {
  const bytes = Buffer.from(given.value.get(context), "utf8");
  const variant = given.variant?.get(context) ?? "base64";
  const encode = Object.hasOwn(VARIANTS, variant) ? VARIANTS[variant] : undefined;
  if (encode === undefined) throw new OttlError(`unsupported base64 variant: ${variant}`);
  return encode(bytes);
});

export const PARSE_CONVERTERS: readonly FunctionDefinition[] = [
  parseJsonConverter,
  parseKeyValue,
  parseCsv,
  extractPatterns,
  parseSeverity,
  decode,
  base64Decode,
  base64Encode,
  define(
    "URL",
    { urlString: string },
    ({ urlString }) =>
      (context) =>
        parseUrl(urlString.get(context)),
  ),
];
