import { MalformedOtlpError } from "../model/errors.js";
import type { Field, Message } from "../schema/message.js";
import { MAX_DEPTH } from "../wire/validate.js";
import { Writer } from "../wire/writer.js";
import { JsonReader, type JsonType } from "./json-reader.js";
import {
  INT32,
  INT64,
  type IntegerRange,
  parseBase64,
  parseDouble,
  parseHex,
  parseInteger,
  UINT32,
  UINT64,
} from "./scalars.js";

/** Walks one JSON text along a message description and writes protobuf as it goes; there is no tree in between. */
export class Transcoder {
  private readonly reader: JsonReader;
  private readonly writer: Writer;
  /** Member names and indexes down to where the reader is; for messages. */
  private readonly path: (string | number)[] = [];
  private depth = 0;

  constructor(json: Uint8Array) {
    this.reader = new JsonReader(json);
    this.writer = new Writer(Math.max(1024, json.length >> 1));
  }

  run(request: Message): Uint8Array {
    try {
      this.message(request);
      if (!this.reader.atEnd()) this.reader.fail("text after the end of the request");
    } catch (error) {
      if (!(error instanceof MalformedOtlpError)) throw error;
      const where = this.path.length === 0 ? "" : `${this.pathText()}: `;
      throw new MalformedOtlpError(`cannot read OTLP/JSON: ${where}${error.message}`, error.offset, { cause: error });
    }
    return this.writer.finish();
  }

  private message(type: Message): void {
    const { reader, path } = this;
    this.expect("object", type.name);
    if (!reader.enter("object")) return;
    do {
      const name = reader.key();
      const field = type.byName.get(name);
      if (field === undefined) {
        reader.skipValue(MAX_DEPTH);
      } else if (reader.peek() === "null") {
        reader.literal("null");
      } else {
        path.push(field.name);
        if (field.repeated) this.list(field);
        else this.field(field);
        path.pop();
      }
    } while (reader.more("object"));
  }

  private list(field: Field): void {
    const { reader, writer, path } = this;
    this.expect("array", "a list");
    if (!reader.enter("array")) return;
    const isPacked = field.kind !== "message" && field.kind !== "string";
    const start = isPacked ? writer.open(field.number) : 0;
    let index = 0;
    do {
      path.push(index++);
      if (isPacked) this.numeric(field);
      else this.field(field);
      path.pop();
    } while (reader.more("array"));
    if (isPacked) writer.close(start);
  }

  private field(field: Field): void {
    const { reader, writer } = this;
    switch (field.kind) {
      case "message": {
        if (++this.depth > MAX_DEPTH) reader.fail(`messages nested deeper than ${MAX_DEPTH}`);
        const start = writer.open(field.number);
        this.message(field.message());
        writer.close(start);
        this.depth--;
        return;
      }
      case "string":
        this.expect("string", "a string");
        reader.string();
        if (reader.stringEscaped) writer.stringField(field.number, reader.stringText());
        else writer.rangeField(field.number, reader.bytes, reader.stringStart, reader.stringEnd);
        return;
      case "traceId":
        this.bytesField(field, (text) => parseHex(text, 16), "32 hex digits");
        return;
      case "spanId":
        this.bytesField(field, (text) => parseHex(text, 8), "16 hex digits");
        return;
      case "bytes":
        this.bytesField(field, parseBase64, "base64");
        return;
      default:
        writer.tag(field.number, WIRE_TYPES[field.kind]);
        this.numeric(field);
    }
  }

  /** Writes a number, bool or enum without its tag. */
  private numeric(field: Field): void {
    const { writer } = this;
    switch (field.kind) {
      case "double":
        writer.double(this.double());
        return;
      case "fixed64":
        writer.fixed64(this.integer(UINT64));
        return;
      case "sfixed64":
        writer.fixed64(this.integer(INT64));
        return;
      case "fixed32":
        writer.fixed32(Number(this.integer(UINT32)));
        return;
      case "sint32": {
        const value = Number(this.integer(INT32));
        writer.varint((value << 1) ^ (value >> 31));
        return;
      }
      case "uint32":
        writer.varint64(this.integer(UINT32));
        return;
      case "int64":
        writer.varint64(this.integer(INT64));
        return;
      case "uint64":
        writer.varint64(this.integer(UINT64));
        return;
      case "enum":
        writer.varint64(this.enumeration(field));
        return;
      default:
        writer.varint(this.bool() ? 1 : 0);
    }
  }

  private bytesField(field: Field, parse: (text: string) => Uint8Array | undefined, wanted: string): void {
    const { reader, writer } = this;
    this.expect("string", wanted);
    const at = reader.at;
    reader.string();
    const value = parse(reader.stringText()) ?? reader.fail(`expected ${wanted}`, at);
    const isAbsentId = value.length === 0 && field.kind !== "bytes";
    if (!isAbsentId) writer.bytesField(field.number, value);
  }

  private integer(range: IntegerRange): bigint {
    const at = this.reader.at;
    const text = this.numberOrString("an integer");
    return parseInteger(text, range) ?? this.reader.fail(`expected an integer from ${range.min} to ${range.max}`, at);
  }

  private double(): number {
    const at = this.reader.at;
    return parseDouble(this.numberOrString("a number")) ?? this.reader.fail("expected a number", at);
  }

  private enumeration(field: Field): bigint {
    const { reader } = this;
    if (reader.peek() !== "string") return this.integer(INT32);
    const at = reader.at;
    reader.string();
    const name = reader.stringText();
    if (!Object.hasOwn(field.values, name))
      reader.fail(`unknown ${field.name} ${JSON.stringify(name.slice(0, 80))}`, at);
    return BigInt(field.values[name] as number);
  }

  private bool(): boolean {
    const { reader } = this;
    const type = reader.peek();
    if (type !== "true" && type !== "false") return reader.fail(`expected true or false, found ${describe(type)}`);
    reader.literal(type);
    return type === "true";
  }

  private numberOrString(wanted: string): string {
    const { reader } = this;
    const type = reader.peek();
    if (type === "number") return reader.numberText();
    if (type !== "string") reader.fail(`expected ${wanted}, found ${describe(type)}`);
    reader.string();
    return reader.stringText();
  }

  private expect(type: JsonType, wanted: string): void {
    const found = this.reader.peek();
    if (found !== type) this.reader.fail(`expected ${wanted}, found ${describe(found)}`);
  }

  private pathText(): string {
    return this.path
      .map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`))
      .join("")
      .slice(1);
  }
}

const WIRE_TYPES: Readonly<Record<Exclude<Field["kind"], "message">, number>> = {
  string: 2,
  bytes: 2,
  traceId: 2,
  spanId: 2,
  bool: 0,
  enum: 0,
  uint32: 0,
  int32: 0,
  sint32: 0,
  int64: 0,
  uint64: 0,
  fixed32: 5,
  fixed64: 1,
  sfixed64: 1,
  double: 1,
};

function describe(type: JsonType): string {
  return type === "object" || type === "array"
    ? `an ${type}`
    : type === "string" || type === "number"
      ? `a ${type}`
      : type;
}
