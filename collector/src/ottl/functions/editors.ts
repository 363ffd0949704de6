import type { EditMap, EditValue } from "@venturi/otlp";
import type { TransformContext } from "../context.js";
import type { Access } from "../paths/access.js";
import { isList, isMap, OttlError, OttlTypeError, toStored, typeName, type Value } from "../values.js";
import { anyText } from "./conversions.js";
import { define, type FunctionDefinition } from "./define.js";
import { flattened } from "./flatten.js";
import {
  int,
  listOf,
  literalBool,
  literalInt,
  literalString,
  map,
  mapPath,
  optional,
  path,
  string,
  value,
} from "./params.js";
import { patternOf } from "./regexp.js";
import { truncateBytes } from "./text.js";

/** The map that an editor changes. */
export function mapAt(target: Access, context: TransformContext): EditMap {
  const found = target.get(context);
  if (isMap(found)) return found;
  throw new OttlTypeError(`expected map but got ${typeName(found)}`);
}

/** Removes entries; what the path led to is set again, since it may be a copy. */
function removeFrom(
  target: Access,
  context: TransformContext,
  isUnwanted: (key: string, entries: EditMap) => boolean,
): void {
  const entries = mapAt(target, context);
  for (const key of [...entries.keys()]) if (isUnwanted(key, entries)) entries.delete(key);
  target.set(context, entries);
}

const set = define("set", { target: path, value }, ({ target, value: source }) => (context) => {
  const found = source.get(context);
  if (found !== null) target.set(context, found);
  return null;
});

const deleteKey = define("delete_key", { target: mapPath, key: string }, ({ target, key }) => (context) => {
  const entries = mapAt(target, context);
  if (entries.delete(key.get(context))) target.set(context, entries);
  return null;
});

const deleteMatchingKeys = define("delete_matching_keys", { target: mapPath, pattern: string }, (given) => {
  const pattern = patternOf(given.pattern);
  return (context) => {
    const unwanted = pattern(context);
    removeFrom(given.target, context, (key) => unwanted.test(key));
    return null;
  };
});

const keepMatchingKeys = define("keep_matching_keys", { target: mapPath, pattern: string }, (given) => {
  const pattern = patternOf(given.pattern);
  return (context) => {
    const wanted = pattern(context);
    removeFrom(given.target, context, (key) => !wanted.test(key));
    return null;
  };
});

const keepKeys = define("keep_keys", { target: mapPath, keys: listOf(string) }, ({ target, keys }) => {
  const isFixed = keys.every((key) => key.constant !== undefined);
  const fixed = new Set(keys.map((key) => key.constant));
  return (context) => {
    const wanted = isFixed ? fixed : new Set(keys.map((key) => key.get(context)));
    removeFrom(target, context, (key) => !wanted.has(key));
    return null;
  };
});

const limit = define(
  "limit",
  { target: mapPath, limit: literalInt, priorityKeys: listOf(literalString) },
  ({ target, limit: most, priorityKeys }) => {
    if (most < 0n) throw new OttlError(`invalid limit, ${most} cannot be negative`);
    if (most < BigInt(priorityKeys.length)) {
      throw new OttlError(`invalid limit, ${most} cannot be less than the ${priorityKeys.length} priority keys`);
    }
    const priority = new Set(priorityKeys);
    return (context) => {
      const entries = mapAt(target, context);
      if (BigInt(entries.size) <= most) return null;
      let kept = BigInt(priorityKeys.filter((key) => entries.has(key)).length);
      removeFrom(target, context, (key) => {
        if (priority.has(key)) return false;
        if (kept < most) {
          kept++;
          return false;
        }
        return true;
      });
      return null;
    };
  },
);

const mergeMaps = define(
  "merge_maps",
  { target: mapPath, source: map, strategy: literalString },
  ({ target, source, strategy }) => {
    if (!["insert", "update", "upsert"].includes(strategy)) {
      throw new OttlError(`invalid value for strategy, ${strategy}, must be 'insert', 'update' or 'upsert'`);
    }
    return (context) => {
      const entries = mapAt(target, context);
      for (const [key, item] of source.get(context).entries()) {
        const isWanted = strategy === "upsert" || entries.has(key) === (strategy === "update");
        if (isWanted) entries.set(key, toStored(item));
      }
      target.set(context, entries);
      return null;
    };
  },
);

const flatten = define(
  "flatten",
  {
    target: mapPath,
    prefix: optional(literalString),
    depth: optional(literalInt),
    resolveConflicts: optional(literalBool),
  },
  ({ target, prefix = "", depth = 2n ** 63n - 1n, resolveConflicts = false }) => {
    if (depth < 1n) throw new OttlError(`invalid depth '${depth}', must be greater than 0`);
    return (context) => {
      target.set(context, flattened(mapAt(target, context), prefix, Number(depth), resolveConflicts));
      return null;
    };
  },
);

const stringifyAll = define("stringify_all", { target: mapPath }, ({ target }) => (context) => {
  const entries = mapAt(target, context);
  for (const [key, item] of entries.entries()) if (typeof item !== "string") entries.set(key, anyText(item));
  target.set(context, entries);
  return null;
});

const truncateAll = define(
  "truncate_all",
  { target: mapPath, limit: literalInt, utf8Safe: optional(literalBool) },
  ({ target, limit: most }) => {
    if (most < 0n) throw new OttlError(`invalid limit, ${most} cannot be negative`);
    const bytes = Number(most);
    return (context) => {
      const entries = mapAt(target, context);
      for (const [key, item] of entries.entries()) {
        // A text has at most three bytes per character, so most need not be measured.
        if (typeof item !== "string" || item.length * 3 <= bytes) continue;
        const truncated = truncateBytes(item, bytes);
        if (truncated !== item) entries.set(key, truncated);
      }
      target.set(context, entries);
      return null;
    };
  },
);

/** What `append` begins with: the list that is there, or a list of what is there. */
function asList(found: Value): Value[] {
  if (found === null) return [];
  return isList(found) ? [...found] : [found];
}

const append = define(
  "append",
  { target: path, value: optional(value), values: optional(listOf(value)) },
  ({ target, value: one, values = [] }) => {
    const added = one === undefined ? values : [one, ...values];
    if (added.length === 0) throw new OttlError("at least one of 'value' and 'values' must be given");
    return (context) => {
      const result = asList(target.get(context));
      for (const item of added) result.push(item.get(context));
      if (result.some(isMap)) throw new OttlError("a map cannot be appended to a list");
      target.set(context, result.map(toStored));
      return null;
    };
  },
);

const deleteIndex = define(
  "delete_index",
  { target: path, startIndex: int, endIndex: optional(int) },
  ({ target, startIndex, endIndex }) =>
    (context) => {
      const found = target.get(context);
      if (!isList(found)) throw new OttlTypeError(`expected list but got ${typeName(found)}`);
      const start = startIndex.get(context);
      const end = endIndex?.get(context) ?? start + 1n;
      const length = BigInt(found.length);
      if (start !== 0n || end !== length) checkRange(start, end, length);
      const kept: EditValue[] = found.filter((_, index) => index < start || index >= end).map(toStored);
      target.set(context, kept);
      return null;
    },
);

function checkRange(start: bigint, end: bigint, length: bigint): void {
  if (start < 0n || start >= length) throw new OttlError(`startIndex ${start} out of bounds for ${length} elements`);
  if (end < start) throw new OttlError(`endIndex ${end} cannot be less than startIndex ${start}`);
  if (end > length) throw new OttlError(`deletion range [${start}:${end}] out of bounds for ${length} elements`);
}

export const EDITORS: readonly FunctionDefinition[] = [
  set,
  append,
  deleteIndex,
  deleteKey,
  deleteMatchingKeys,
  keepKeys,
  keepMatchingKeys,
  limit,
  mergeMaps,
  flatten,
  stringifyAll,
  truncateAll,
];
