import { isUtf8 as isUtf8Native } from "node:buffer";
import { MalformedOtlpError } from "../model/errors.js";
import type { Field, Message } from "../schema/message.js";
import { isUtf8 } from "./utf8.js";

/** Nested messages, as Java's and C++'s protobuf allow; a request reaches an attribute's value at depth 5. */
export const MAX_DEPTH = 100;

/** Above this length the native check wins over its call overhead. */
const NATIVE_UTF8_BYTES = 256;

const UNKNOWN = 0;
const ANY_VARINT = 1;
const EIGHT_BYTES = 2;
const FOUR_BYTES = 3;
const STRING = 4;
const BYTES = 5;
const TRACE_ID = 6;
const SPAN_ID = 7;
const NESTED = 8;
const ITEM = 9;
const PACKED_EIGHT_BYTES = 10;
const PACKED_VARINT = 11;

/** A message's fields as arrays indexed by field number: what the scan looks at for every field. */
interface Table {
  readonly name: string;
  readonly checks: Uint8Array;
  readonly children: (Table | undefined)[];
}

const tables = new Map<Message, Table>();

function tableOf(message: Message): Table {
  const known = tables.get(message);
  if (known !== undefined) return known;
  const size = Math.max(...message.fields.map((field) => field.number)) + 1;
  const table: Table = { name: message.name, checks: new Uint8Array(size), children: new Array(size).fill(undefined) };
  tables.set(message, table);
  for (const field of message.fields) {
    table.checks[field.number] = checkOf(field);
    if (field.kind === "message") table.children[field.number] = tableOf(field.message());
  }
  return table;
}

function checkOf(field: Field): number {
  switch (field.kind) {
    case "string":
      return STRING;
    case "bytes":
      return BYTES;
    case "traceId":
      return TRACE_ID;
    case "spanId":
      return SPAN_ID;
    case "message":
      return field.item ? ITEM : NESTED;
    case "fixed32":
      return FOUR_BYTES;
    case "fixed64":
    case "sfixed64":
    case "double":
      return field.repeated ? PACKED_EIGHT_BYTES : EIGHT_BYTES;
    default:
      return field.repeated ? PACKED_VARINT : ANY_VARINT;
  }
}

/** The scan's position and count. One scan runs at a time, so that no object is made for it. */
let at = 0;
let itemCount = 0;

/**
 * Checks `bytes[start, end)` as `message`: bounds, varints, wire types, id lengths, UTF-8 and depth. Unknown fields
 * are allowed. Allocates nothing.
 * @returns the number of items (spans, data points, log records) inside.
 * @throws MalformedOtlpError
 */
export function validateMessage(message: Message, bytes: Uint8Array, start: number, end: number, depth = 0): number {
  itemCount = 0;
  at = start;
  scan(tableOf(message), bytes, end, depth);
  return itemCount;
}

function scan(table: Table, bytes: Uint8Array, end: number, depth: number): void {
  const { checks, children } = table;
  while (at < end) {
    const tagAt = at;
    let tag = bytes[at++] as number;
    if (tag >= 0x80) {
      at--;
      tag = readTag(bytes, end);
    }
    const field = tag >>> 3;
    const check = field < checks.length ? (checks[field] as number) : UNKNOWN;
    switch (tag & 7) {
      case 0:
        if (check > ANY_VARINT && check !== PACKED_VARINT) throw wrongType(table, tag, tagAt);
        skipVarint(bytes, end);
        break;
      case 1:
        if (check !== EIGHT_BYTES && check !== UNKNOWN && check !== PACKED_EIGHT_BYTES)
          throw wrongType(table, tag, tagAt);
        skipBytes(8, end);
        break;
      case 5:
        if (check !== FOUR_BYTES && check !== UNKNOWN) throw wrongType(table, tag, tagAt);
        skipBytes(4, end);
        break;
      case 2: {
        const valueEnd = readLength(bytes, end);
        if (check >= NESTED && check <= ITEM) {
          if (check === ITEM) itemCount++;
          if (depth >= MAX_DEPTH) throw new MalformedOtlpError(`messages nested deeper than ${MAX_DEPTH}`, tagAt);
          scan(children[field] as Table, bytes, valueEnd, depth + 1);
        } else {
          checkValue(table, check, tag, bytes, tagAt, valueEnd);
        }
        at = valueEnd;
        break;
      }
      default:
        throw wrongType(table, tag, tagAt);
    }
    if (field === 0) throw new MalformedOtlpError(`field number 0 in ${table.name}`, tagAt);
  }
}

function checkValue(table: Table, check: number, tag: number, bytes: Uint8Array, tagAt: number, end: number): void {
  const length = end - at;
  switch (check) {
    case UNKNOWN:
    case BYTES:
      return;
    case STRING: {
      const valid = length < NATIVE_UTF8_BYTES ? isUtf8(bytes, at, end) : isUtf8Native(bytes.subarray(at, end));
      if (!valid) throw new MalformedOtlpError(`${describe(table, tag)} is not valid UTF-8`, at);
      return;
    }
    case TRACE_ID:
      if (length === 16 || length === 0) return;
      throw new MalformedOtlpError(`${describe(table, tag)} is a trace id of ${length} bytes, not 16`, at);
    case SPAN_ID:
      if (length === 8 || length === 0) return;
      throw new MalformedOtlpError(`${describe(table, tag)} is a span id of ${length} bytes, not 8`, at);
    case PACKED_EIGHT_BYTES:
      if (length % 8 === 0) return;
      throw new MalformedOtlpError(`${describe(table, tag)} is packed into ${length} bytes, not a multiple of 8`, at);
    case PACKED_VARINT:
      while (at < end) skipVarint(bytes, end);
      return;
    default:
      throw wrongType(table, tag, tagAt);
  }
}

function readTag(bytes: Uint8Array, end: number): number {
  const start = at;
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    if (at >= end) throw new MalformedOtlpError("truncated tag", start);
    const byte = bytes[at++] as number;
    if (shift === 28 && byte > 0x0f) break;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value >>> 0;
  }
  throw new MalformedOtlpError("tag is longer than 32 bits", start);
}

/** Reads a length and answers where its value ends. */
function readLength(bytes: Uint8Array, end: number): number {
  const start = at;
  let length = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    if (at >= end) throw new MalformedOtlpError("truncated length", start);
    const byte = bytes[at++] as number;
    if (shift === 28 && byte > 0x07) break;
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      if (length > end - at) throw new MalformedOtlpError(`length ${length} runs past the end`, start);
      return at + length;
    }
  }
  throw new MalformedOtlpError("length of 2 GiB or more", start);
}

function skipVarint(bytes: Uint8Array, end: number): void {
  const start = at;
  for (let count = 1; count <= 10; count++) {
    if (at >= end) throw new MalformedOtlpError("truncated varint", start);
    const byte = bytes[at++] as number;
    if (byte < 0x80) {
      if (count === 10 && byte > 1) break;
      return;
    }
  }
  throw new MalformedOtlpError("varint is longer than 64 bits", start);
}

function skipBytes(count: number, end: number): void {
  if (count > end - at) throw new MalformedOtlpError("value runs past the end", at);
  at += count;
}

function describe(table: Table, tag: number): string {
  return `field ${tag >>> 3} of ${table.name}`;
}

function wrongType(table: Table, tag: number, offset: number): MalformedOtlpError {
  return new MalformedOtlpError(`${describe(table, tag)} has wire type ${tag & 7}`, offset);
}
