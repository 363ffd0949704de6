import type { EditMap, EditValue } from "@venturi/otlp";

/** A value of the configuration as telemetry holds it; undefined when it is none. Integers beyond 2^53 become doubles. */
export function attributeValue(raw: unknown): EditValue | undefined {
  switch (typeof raw) {
    case "string":
    case "boolean":
    case "bigint":
      return raw;
    case "number":
      return Number.isSafeInteger(raw) ? BigInt(raw) : raw;
    case "object":
      return raw === null ? null : Array.isArray(raw) ? listValue(raw) : mapValue(raw);
    default:
      return undefined;
  }
}

function listValue(raw: readonly unknown[]): EditValue | undefined {
  const values: EditValue[] = [];
  for (const item of raw) {
    const value = attributeValue(item);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

function mapValue(raw: object): EditValue | undefined {
  const map = new Map<string, EditValue>();
  for (const [key, item] of Object.entries(raw)) {
    const value = attributeValue(item);
    if (value === undefined) return undefined;
    map.set(key, value);
  }
  return map;
}

/** Whether two values are of one type and hold the same; doubles by their bits, maps in any order. */
export function isSameValue(a: EditValue, b: EditValue): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => isSameValue(item, b[index] ?? null));
  }
  return isSameMap(a, b);
}

function isSameMap(a: EditMap, b: EditMap): boolean {
  if (a.size !== b.size) return false;
  for (const [key, item] of a.entries()) {
    const other = b.get(key);
    if (other === undefined || !isSameValue(item, other)) return false;
  }
  return true;
}

/** Sets an entry only when that changes something, so that what stays as it is keeps its bytes. */
export function setValue(map: EditMap, key: string, value: EditValue): void {
  const before = map.get(key);
  if (before === undefined || !isSameValue(before, value)) map.set(key, value);
}
