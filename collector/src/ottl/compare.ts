import { Duration, Id, isList, isMap, Messages, Time, type Value } from "./values.js";

export type CompareOp = "==" | "!=" | "<" | "<=" | ">" | ">=";

/**
 * Compares as OTTL's table of comparison rules has it: numbers by value whatever their type, strings by their bytes, false
 * before true; nil equals nil only; other pairs of different types are unequal and in no order.
 */
export function compareValues(a: Value, b: Value, op: CompareOp): boolean {
  if (a === null || b === null) {
    if (a === null && b === null) return op === "==" || op === "<=" || op === ">=";
    return op === "!=";
  }
  const order = orderOf(a, b);
  if (order !== undefined) return holds(order, op);
  // No order: not a number, or types that know equality only.
  if (op !== "==" && op !== "!=") return false;
  return isEqual(a, b) === (op === "==");
}

function holds(order: number, op: CompareOp): boolean {
  switch (op) {
    case "==":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}

/** Negative, 0 or positive; undefined where there is no order. */
function orderOf(a: Value, b: Value): number | undefined {
  if (typeof a === "string") return typeof b === "string" ? stringOrder(a, b) : undefined;
  if (typeof a === "bigint" && typeof b === "bigint") return a < b ? -1 : a > b ? 1 : 0;
  if (isNumber(a) && isNumber(b)) {
    const difference = Number(a) - Number(b);
    return Number.isNaN(difference) ? (Number(a) === Number(b) ? 0 : undefined) : difference;
  }
  if (typeof a === "boolean") return typeof b === "boolean" ? Number(a) - Number(b) : undefined;
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? Buffer.compare(a, b) : undefined;
  if ((a instanceof Time && b instanceof Time) || (a instanceof Duration && b instanceof Duration)) {
    return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
  }
  return undefined;
}

function isNumber(value: Value): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

/** By code points, which is by the bytes of UTF-8: JavaScript's own order differs where there are surrogates. */
function stringOrder(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left === right) continue;
    const isLeftHigh = left >= 0xd800 && left < 0xe000;
    const isRightHigh = right >= 0xd800 && right < 0xe000;
    if (isLeftHigh !== isRightHigh) return isLeftHigh ? 1 : -1;
    return left - right;
  }
  return a.length - b.length;
}

/** Whether two values of which neither is nil are the same; numbers of different types differ here. */
function isEqual(a: Value, b: Value): boolean {
  if (a instanceof Id) return b instanceof Id && Buffer.compare(a.bytes, b.bytes) === 0;
  if (a instanceof Messages) return b instanceof Messages && isEqualMessages(a, b);
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, index) => isSame(item, b[index] ?? null));
  if (isMap(a)) return isMap(b) && isEqualMap(new Map(a.entries()), new Map(b.entries()));
  return false;
}

/** Equality inside of lists and maps: also of types. */
function isSame(a: Value, b: Value): boolean {
  if (a === null || b === null || typeof a !== typeof b) return a === b;
  if (typeof a !== "object") return a === b;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  return isEqual(a, b);
}

function isEqualMap(a: ReadonlyMap<string, Value>, b: ReadonlyMap<string, Value>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || !isSame(value, other)) return false;
  }
  return true;
}

function isEqualMessages(a: Messages, b: Messages): boolean {
  return (
    a.type === b.type &&
    a.records.length === b.records.length &&
    a.records.every((record, index) => Buffer.compare(record, b.records[index] as Uint8Array) === 0)
  );
}
