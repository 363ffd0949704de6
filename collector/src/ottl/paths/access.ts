import type { AttributesEdit, EditMap, MessageEdit } from "@venturi/otlp";
import type { TransformContext } from "../context.js";
import { Id, isMap, isStorable, Messages, OttlError, Time, toStored, typeName, type Value } from "../values.js";
import { getIndexed, setIndexed } from "./indexing.js";

/** Reads and writes one place in the telemetry. Both throw OttlError. */
export interface Access {
  get(context: TransformContext): Value;
  set(context: TransformContext, value: Value): void;
}

/** A key in brackets behind a path: a string or an integer, or something that is one when it is evaluated. */
export type Key = (context: TransformContext) => Value;

export interface PathDefinition {
  /** For the documentation. */
  readonly type: string;
  readonly access: Access;
  /** How keys lead into it; without it the path cannot be indexed. */
  readonly index?: (keys: readonly Key[]) => Access;
}

/** Paths of a context by their text without the context: `status.code`. */
export type PathTable = Readonly<Record<string, PathDefinition>>;

export type Select = (context: TransformContext) => MessageEdit;

export function expectString(value: Value): string {
  if (typeof value !== "string") throw new OttlError(`expects string but got ${typeName(value)}`);
  return value;
}

export function expectInt(value: Value): bigint {
  if (typeof value !== "bigint") throw new OttlError(`expects int64 but got ${typeName(value)}`);
  return value;
}

export function expectDouble(value: Value): number {
  if (typeof value !== "number") throw new OttlError(`expects float64 but got ${typeName(value)}`);
  return value;
}

export function expectBool(value: Value): boolean {
  if (typeof value !== "boolean") throw new OttlError(`expects bool but got ${typeName(value)}`);
  return value;
}

/** Integers are kept in 32 bits as Go converts them: the upper ones are lost. */
export function toUint32(value: Value): number {
  return Number(BigInt.asUintN(32, expectInt(value)));
}

export function string(select: Select, field: number): PathDefinition {
  return {
    type: "string",
    access: {
      get: (context) => select(context).getString(field),
      set: (context, value) => select(context).setString(field, expectString(value)),
    },
  };
}

/** A varint of 32 bits: a count or an enum. */
export function uint32(select: Select, field: number): PathDefinition {
  return {
    type: "int64",
    access: {
      get: (context) => BigInt(select(context).getUint32(field)),
      set: (context, value) => select(context).setUint32(field, toUint32(value)),
    },
  };
}

export function fixed32(select: Select, field: number, check: (value: bigint) => void = () => {}): PathDefinition {
  return {
    type: "int64",
    access: {
      get: (context) => BigInt(select(context).getFixed32(field)),
      set: (context, value) => {
        check(expectInt(value));
        select(context).setFixed32(field, toUint32(value));
      },
    },
  };
}

/** Nanoseconds since the epoch as an integer. */
export function nanos(select: Select, field: number): PathDefinition {
  return {
    type: "int64",
    access: {
      get: (context) => BigInt.asIntN(64, select(context).getFixed64(field)),
      set: (context, value) => select(context).setFixed64(field, expectInt(value)),
    },
  };
}

export function time(select: Select, field: number): PathDefinition {
  return {
    type: "time.Time",
    access: {
      get: (context) => new Time(BigInt.asIntN(64, select(context).getFixed64(field))),
      set: (context, value) => {
        if (!(value instanceof Time)) throw new OttlError(`expects time.Time but got ${typeName(value)}`);
        select(context).setFixed64(field, value.nanos);
      },
    },
  };
}

/** A trace id (16 bytes) or span id (8 bytes). A missing one is all zeros. */
export function id(select: Select, field: number, length: 8 | 16): PathDefinition {
  return {
    type: length === 16 ? "TraceID" : "SpanID",
    access: {
      get: (context) => new Id(idBytes(select(context), field, length)),
      set: (context, value) => {
        if (!(value instanceof Id) || value.bytes.length !== length) {
          throw new OttlError(`expects ${length === 16 ? "TraceID" : "SpanID"} but got ${typeName(value)}`);
        }
        select(context).setBytes(field, withoutZeros(value.bytes));
      },
    },
  };
}

export function idText(select: Select, field: number, length: 8 | 16): PathDefinition {
  return {
    type: "string",
    access: {
      get: (context) => Buffer.from(idBytes(select(context), field, length)).toString("hex"),
      set: (context, value) => {
        const text = expectString(value);
        const what = length === 16 ? "trace" : "span";
        if (text.length !== length * 2) throw new OttlError(`${what} ids must be ${length * 2} hex characters`);
        if (!/^[0-9a-fA-F]*$/.test(text)) throw new OttlError(`invalid hex character in the ${what} id`);
        select(context).setBytes(field, withoutZeros(Buffer.from(text, "hex")));
      },
    },
  };
}

function idBytes(message: MessageEdit, field: number, length: number): Uint8Array {
  const bytes = message.getBytes(field);
  return bytes.length === 0 ? new Uint8Array(length) : bytes;
}

/** An id of zeros is none. */
function withoutZeros(bytes: Uint8Array): Uint8Array {
  return bytes.every((byte) => byte === 0) ? bytes.subarray(0, 0) : bytes;
}

/** Attributes: a map that can be indexed by strings, and then on. */
export function attributes(select: (context: TransformContext) => AttributesEdit): PathDefinition {
  return {
    type: "map",
    access: {
      get: (context) => select(context),
      set: (context, value) => {
        if (!isMap(value)) throw new OttlError(`a map cannot be set to ${typeName(value)}`);
        if (value !== select(context)) select(context).assign(value);
      },
    },
    index: (keys) => indexed(select, keys),
  };
}

export function indexed(select: (context: TransformContext) => EditMap, keys: readonly Key[]): Access {
  return {
    get: (context) => getIndexed(select(context), keys, context),
    set: (context, value) => {
      const map = select(context);
      if (isStorable(value)) {
        setIndexed(map, keys, context, toStored(value));
        return;
      }
      // As upstream: the place is made before the value turns out to be of a type that cannot be kept.
      if (getIndexed(map, keys, context) === null) setIndexed(map, keys, context, null);
      throw new OttlError(`a value of type ${typeName(value)} cannot be kept in telemetry`);
    },
  };
}

/** A repeated message that is handled as a whole. */
export function messages(select: Select, field: () => number, type: string): PathDefinition {
  return {
    type,
    access: {
      get: (context) => new Messages(type, true, select(context).getRecords(field())),
      set: (context, value) => select(context).setRecords(field(), expectMessages(value, type).records),
    },
  };
}

export function expectMessages(value: Value, type: string): Messages {
  if (!(value instanceof Messages) || value.type !== type) {
    throw new OttlError(`expects ${type} but got ${typeName(value)}`);
  }
  return value;
}

/** A path that can be read and not set. */
export function readOnly(type: string, get: (context: TransformContext) => Value): PathDefinition {
  return {
    type,
    access: {
      get,
      set: () => {
        throw new OttlError("this path cannot be set");
      },
    },
  };
}
