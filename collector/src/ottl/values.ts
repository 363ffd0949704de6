import { AttributesEdit, type EditMap, type EditValue } from "@venturi/otlp";

/** A moment, and the zone in which its parts (hour, day) are read. */
export class Time {
  /** Since the epoch. */
  readonly nanos: bigint;
  /** Minutes east of UTC of the zone; its name is for texts. */
  readonly offsetMinutes: number;
  readonly zone: string;

  constructor(nanos: bigint, offsetMinutes = 0, zone = "UTC") {
    this.nanos = nanos;
    this.offsetMinutes = offsetMinutes;
    this.zone = zone;
  }
}

export class Duration {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A trace id or span id, which is more than the byte string that it looks like: the two compare as different. */
export class Id {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** Messages that can be counted and put somewhere else as they are: the events of a span, the buckets of a histogram. */
export class Messages {
  /** Name of the type in error texts, as pdata has it. */
  readonly type: string;
  /** A list; otherwise one message. */
  readonly isList: boolean;
  readonly records: readonly Uint8Array[];

  constructor(type: string, isList: boolean, records: readonly Uint8Array[]) {
    this.type = type;
    this.isList = isList;
    this.records = records;
  }
}

/**
 * A value of the language. Integers (int64) are bigints and doubles are numbers; null is nil. What a path answers may be a
 * part of the telemetry itself: it is copied when it is put somewhere else.
 */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | readonly Value[]
  | EditMap
  | Time
  | Duration
  | Id
  | Messages
  | null;

export function isMap(value: Value): value is EditMap {
  return value instanceof Map || value instanceof AttributesEdit;
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** A failure while statements run; the error mode decides what becomes of it. */
export class OttlError extends Error {
  override readonly name = "OttlError";
}

/** A value of a type that was not expected. The type tests (`IsString`) catch these and nothing else. */
export class OttlTypeError extends OttlError {}

/** The name of a value's type in error texts. */
export function typeName(value: Value): string {
  if (value === null) return "nil";
  switch (typeof value) {
    case "string":
      return "string";
    case "bigint":
      return "int64";
    case "number":
      return "float64";
    case "boolean":
      return "bool";
  }
  if (value instanceof Uint8Array) return "[]byte";
  if (isList(value)) return "list";
  if (value instanceof Time) return "time.Time";
  if (value instanceof Duration) return "time.Duration";
  if (value instanceof Id) return value.bytes.length === 16 ? "TraceID" : "SpanID";
  return value instanceof Messages ? value.type : "map";
}

/**
 * The value as it can be kept in an attribute or a body: a copy.
 * @throws OttlError when telemetry has no such type.
 */
export function toStored(value: Value): EditValue {
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return value as EditValue;
  // As upstream: what cannot be kept is an empty place in a list.
  if (isList(value)) return value.map((item) => (isStorable(item) ? toStored(item) : null));
  if (isMap(value)) {
    const copy = new Map<string, EditValue>();
    for (const [key, item] of value.entries()) copy.set(key, toStored(item));
    return copy;
  }
  throw new OttlError(`a value of type ${typeName(value)} cannot be kept in telemetry`);
}

export function isStorable(value: Value): boolean {
  return typeof value !== "object" || value === null || value instanceof Uint8Array || isList(value) || isMap(value);
}

const MASK_BITS = 64;

/** Integers wrap around at 64 bits. */
export function wrapInt(value: bigint): bigint {
  return BigInt.asIntN(MASK_BITS, value);
}
