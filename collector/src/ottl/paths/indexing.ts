import type { EditMap, EditValue } from "@venturi/otlp";
import type { TransformContext } from "../context.js";
import { isMap, OttlError, typeName, type Value } from "../values.js";
import type { Key } from "./access.js";

/** Follows keys into a map. A key that is not there is nil, a position that is not there a failure. */
export function getIndexed(map: EditMap, keys: readonly Key[], context: TransformContext): Value {
  let value: EditValue = map;
  for (const key of keys) {
    if (isMap(value)) {
      const next: EditValue | undefined = value.get(stringKey(key, context));
      if (next === undefined) return null;
      value = next;
    } else if (Array.isArray(value)) value = value[position(value, key, context)] as EditValue;
    else throw new OttlError(`a value of type ${typeName(value)} cannot be indexed`);
  }
  return value;
}

/**
 * Sets what keys lead to. A map or list that is missing on the way is made, as the type of the key says; a value that is
 * neither is a failure.
 */
export function setIndexed(map: EditMap, keys: readonly Key[], context: TransformContext, value: EditValue): void {
  const [first, ...rest] = keys;
  if (first === undefined) throw new OttlError("cannot set a value of a map without a key");
  const key = stringKey(first, context);
  // What lies on the wire is decoded for each reader, so the changed value is put back at the top.
  map.set(key, rest.length === 0 ? value : withIndexed(map.get(key) ?? null, rest, context, value));
}

/** As `setIndexed`, for a value that may be anything. Answers what it is now. */
export function withIndexed(
  current: EditValue,
  keys: readonly Key[],
  context: TransformContext,
  value: EditValue,
): EditValue {
  const [first, ...rest] = keys;
  if (first === undefined) return value;
  if (current === null) return made(first(context), rest, context, value);
  if (isMap(current)) {
    setIndexed(current, keys, context, value);
    return current;
  }
  if (Array.isArray(current)) {
    const at = position(current, first, context);
    current[at] = withIndexed(current[at] as EditValue, rest, context, value);
    return current;
  }
  throw new OttlError(`a value of type ${typeName(current)} cannot be indexed`);
}

const LONGEST_NEW_LIST = 10_000n;

function made(key: Value, rest: readonly Key[], context: TransformContext, value: EditValue): EditValue {
  const inner = withIndexed(null, rest, context, value);
  if (typeof key === "string") return new Map([[key, inner]]);
  if (typeof key !== "bigint") throw new OttlError("neither a string nor an int index was given");
  if (key > LONGEST_NEW_LIST) throw new OttlError(`a list is not made for index ${key}`);
  const list: EditValue[] = new Array<EditValue>(Math.max(0, Number(key))).fill(null);
  list.push(inner);
  return list;
}

function stringKey(key: Key, context: TransformContext): string {
  const value = key(context);
  if (typeof value !== "string") {
    throw new OttlError(`a map is indexed by strings, but the key is ${typeName(value)}`);
  }
  return value;
}

function position(list: readonly EditValue[], key: Key, context: TransformContext): number {
  const value = key(context);
  if (typeof value !== "bigint")
    throw new OttlError(`a list is indexed by integers, but the key is ${typeName(value)}`);
  if (value < 0n || value >= BigInt(list.length)) throw new OttlError(`index ${value} out of bounds`);
  return Number(value);
}

/** Indexes what a converter answered: here a key that is not there is a failure. */
export function indexResult(result: Value, keys: readonly Key[], context: TransformContext): Value {
  let value = result;
  for (const key of keys) {
    const at = key(context);
    if (typeof at === "string") {
      if (!isMap(value)) throw new OttlError(`type ${typeName(value)} does not support string indexing`);
      const next: EditValue | undefined = value.get(at);
      if (next === undefined) throw new OttlError("key not found in map");
      value = next;
    } else if (typeof at === "bigint") {
      if (!Array.isArray(value)) throw new OttlError(`type ${typeName(value)} does not support int indexing`);
      const list = value as readonly Value[];
      if (at < 0n || at >= BigInt(list.length)) throw new OttlError(`index ${at} out of bounds`);
      value = list[Number(at)] ?? null;
    } else throw new OttlError(`invalid key: expected string or int index, got ${typeName(at)}`);
  }
  return value;
}
