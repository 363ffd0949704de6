/** Protobuf scalar kinds that OTLP uses, and four that OTLP gives a meaning of their own. */
export type Kind =
  | "string"
  | "bytes"
  | "traceId"
  | "spanId"
  | "bool"
  | "enum"
  | "uint32"
  | "int32"
  | "sint32"
  | "int64"
  | "uint64"
  | "fixed32"
  | "fixed64"
  | "sfixed64"
  | "double"
  | "message";

export interface Field {
  readonly number: number;
  /** lowerCamelCase, as OTLP/JSON writes it. */
  readonly name: string;
  readonly kind: Kind;
  readonly repeated: boolean;
  /** Names of an enum's values. */
  readonly values: Readonly<Record<string, number>>;
  /** The type of a message field. Late, because AnyValue contains itself. */
  readonly message: () => Message;
  /** Counts as an item of a batch: a span, a data point or a log record. */
  readonly item: boolean;
}

export interface Message {
  readonly name: string;
  readonly fields: readonly Field[];
  /** Fields by lowerCamelCase and by snake_case name. */
  readonly byName: ReadonlyMap<string, Field>;
  readonly byNumber: ReadonlyMap<number, Field>;
}

type FieldDetails = Omit<Field, "name">;

/** Describes a protobuf message; `fields` maps lowerCamelCase names to what the functions below return. */
export function message(name: string, fields: Readonly<Record<string, FieldDetails>>): Message {
  const list = Object.entries(fields).map(([fieldName, details]) => ({ ...details, name: fieldName }));
  const byName = new Map<string, Field>();
  for (const field of list) {
    byName.set(field.name, field);
    byName.set(snakeCase(field.name), field);
  }
  return { name, fields: list, byName, byNumber: new Map(list.map((field) => [field.number, field])) };
}

export function scalar(number: number, kind: Exclude<Kind, "message" | "enum">): FieldDetails {
  return { number, kind, repeated: false, values: {}, message: noMessage, item: false };
}

export function repeatedScalar(number: number, kind: Exclude<Kind, "message" | "enum">): FieldDetails {
  return { ...scalar(number, kind), repeated: true };
}

export function enumeration(number: number, values: Readonly<Record<string, number>>): FieldDetails {
  return { ...scalar(number, "int32"), kind: "enum", values };
}

export function nested(number: number, type: () => Message): FieldDetails {
  return { ...scalar(number, "bytes"), kind: "message", message: type };
}

export function repeated(number: number, type: () => Message): FieldDetails {
  return { ...nested(number, type), repeated: true };
}

/** A repeated message that is what a batch counts. */
export function items(number: number, type: () => Message): FieldDetails {
  return { ...repeated(number, type), item: true };
}

function noMessage(): Message {
  throw new TypeError("BUG: the field is not a message");
}

function snakeCase(camelCase: string): string {
  return camelCase.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
