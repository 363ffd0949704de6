import type { EditMap, EditValue } from "@venturi/otlp";
import type { Evaluate } from "../compiler.js";
import { OttlError } from "../values.js";
import { define, type FunctionDefinition } from "./define.js";
import { mapAt } from "./editors.js";
import { globOf } from "./glob.js";
import {
  type ApplyFunction,
  type Argument,
  functionName,
  literalString,
  mapPath,
  optional,
  path,
  string,
} from "./params.js";
import { patternOf } from "./regexp.js";

const extras = { function: optional(functionName), replacementFormat: optional(string) };

interface Extras {
  readonly function: ApplyFunction | undefined;
  readonly replacementFormat: Argument<string> | undefined;
}

/** What a replacement goes through before it is put in: a converter, and then a format with one `%s`. */
function finisher({ function: apply, replacementFormat }: Extras): (text: string) => Evaluate<string> {
  return (text) => (context) => {
    if (apply === undefined) return text;
    const result = apply(text)(context);
    if (typeof result !== "string") throw new OttlError("the replacement value must be a string");
    if (replacementFormat === undefined) return result;
    const format = replacementFormat.get(context);
    if (!format.includes("%s") || /%[^s]/.test(format)) {
      throw new OttlError("replacementFormat must contain a single %s and no other format specifiers");
    }
    return format.replace("%s", () => result);
  };
}

const replacePattern = define(
  "replace_pattern",
  { target: path, regex: string, replacement: string, ...extras },
  (given) => {
    const pattern = patternOf(given.regex);
    const finish = finisher(given);
    return (context) => {
      const text = given.target.get(context);
      if (text === null) return null;
      const template = given.replacement.get(context);
      if (typeof text !== "string") return null;
      const matching = pattern(context);
      if (!matching.test(text)) return null;
      given.target.set(
        context,
        matching.replace(text, template, (filled) => finish(filled)(context)),
      );
      return null;
    };
  },
);

const replaceMatch = define(
  "replace_match",
  { target: path, pattern: string, replacement: string, ...extras },
  (given) => {
    const glob = globOf(given.pattern);
    const finish = finisher(given);
    return (context) => {
      const matching = glob(context);
      const text = given.target.get(context);
      const replacement = finish(given.replacement.get(context))(context);
      if (typeof text === "string" && matching.test(text)) given.target.set(context, replacement);
      return null;
    };
  },
);

const replaceAllMatches = define(
  "replace_all_matches",
  { target: mapPath, pattern: string, replacement: string, ...extras },
  (given) => {
    const glob = globOf(given.pattern);
    const finish = finisher(given);
    return (context) => {
      const matching = glob(context);
      const entries = mapAt(given.target, context);
      const replacement = finish(given.replacement.get(context))(context);
      for (const [key, item] of entries.entries()) {
        if (typeof item === "string" && matching.test(item)) entries.set(key, replacement);
      }
      given.target.set(context, entries);
      return null;
    };
  },
);

const replaceAllPatterns = define(
  "replace_all_patterns",
  { target: mapPath, mode: literalString, regex: string, replacement: string, ...extras },
  (given) => {
    const { mode, target } = given;
    if (mode !== "key" && mode !== "value")
      throw new OttlError(`invalid mode ${mode}, must be either 'key' or 'value'`);
    const pattern = patternOf(given.regex);
    const finish = finisher(given);
    return (context) => {
      const entries = mapAt(target, context);
      const template = given.replacement.get(context);
      const matching = pattern(context);
      // As upstream: an entry for which the converter fails is left alone (values) or lost (keys).
      const replaced = (text: string): string | undefined => {
        if (!matching.test(text)) return text;
        try {
          return matching.replace(text, template, (filled) => finish(filled)(context));
        } catch (error) {
          if (error instanceof OttlError) return undefined;
          throw error;
        }
      };
      if (mode === "value") replaceValues(entries, replaced);
      else replaceKeys(entries, replaced);
      target.set(context, entries);
      return null;
    };
  },
);

function replaceValues(entries: EditMap, replaced: (text: string) => string | undefined): void {
  for (const [key, item] of entries.entries()) {
    if (typeof item !== "string") continue;
    const text = replaced(item);
    if (text !== undefined && text !== item) entries.set(key, text);
  }
}

function replaceKeys(entries: EditMap, replaced: (text: string) => string | undefined): void {
  const result: [string, EditValue][] = [];
  let isSame = true;
  for (const [key, item] of [...entries.entries()]) {
    const text = replaced(key);
    isSame &&= text === key;
    if (text !== undefined) result.push([text, item]);
  }
  if (isSame) return;
  entries.clear();
  for (const [key, item] of result) entries.set(key, item);
}

export const REPLACERS: readonly FunctionDefinition[] = [
  replacePattern,
  replaceMatch,
  replaceAllMatches,
  replaceAllPatterns,
];
