import { isUtf8 as isUtf8Native } from "node:buffer";
import { MalformedOtlpError } from "../model/errors.js";
import type { Field, Message } from "../schema/message.js";
import { isUtf8 } from "./utf8.js";

/** Nested messages, as Java's and C++'s protobuf allow; a request reaches an attribute's value at depth 5. */
export const MAX_DEPTH = 100;

/** Above this length the native check wins over its call overhead. */
const NATIVE_UTF8_BYTES = 256;

// `wasm/validate.wat` has the same numbers.
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

/** What the scan checks of a field's value. */
export function checkOf(field: Field): number {
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

/** Results beside the return value, as module variables so that the scan makes no objects. One scan runs at a time. */
let itemCount = 0;
let afterVarint = 0;

/**
 * Checks `bytes[start, end)` as `message`: bounds, varints, wire types, id lengths, UTF-8 and depth. Unknown fields
 * are allowed. Allocates nothing.
 * @returns the number of items (spans, data points, log records) inside.
 * @throws MalformedOtlpError
 */
export function validateMessage(message: Message, bytes: Uint8Array, start: number, end: number): number {
  itemCount = 0;
  scan(tableOf(message), bytes, start, end, 0);
  return itemCount;
}

/** Positions are locals: kept in registers, where a module variable is a load and a store for every byte. */
function scan(table: Table, bytes: Uint8Array, start: number, end: number, depth: number): void {
  const { checks, children } = table;
  let at = start;
  while (at < end) {
    const tagAt = at;
    let tag = bytes[at++] as number;
    if (tag >= 0x80) {
      tag = readVarint32(bytes, tagAt, end, 0x0f);
      at = afterVarint;
    }
    const field = tag >>> 3;
    const check = field < checks.length ? (checks[field] as number) : UNKNOWN;
    if (field === 0) throw new MalformedOtlpError(`field number 0 in ${table.name}`, tagAt);
    switch (tag & 7) {
      case 2: {
        if (at >= end) throw new MalformedOtlpError("truncated length", at);
        const lengthAt = at;
        let length = bytes[at++] as number;
        if (length >= 0x80) {
          length = readVarint32(bytes, lengthAt, end, 0x07);
          at = afterVarint;
        }
        const valueEnd = at + length;
        if (valueEnd > end) throw new MalformedOtlpError(`length ${length} runs past the end`, lengthAt);
        if (check === STRING) checkString(table, tag, bytes, at, valueEnd);
        else if (check === NESTED || check === ITEM) {
          if (check === ITEM) itemCount++;
          if (depth >= MAX_DEPTH) throw new MalformedOtlpError(`messages nested deeper than ${MAX_DEPTH}`, tagAt);
          scan(children[field] as Table, bytes, at, valueEnd, depth + 1);
        } else if (check !== UNKNOWN) checkValue(table, check, tag, bytes, tagAt, at, valueEnd);
        at = valueEnd;
        break;
      }
      case 0:
        if (check > ANY_VARINT && check !== PACKED_VARINT) throw wrongType(table, tag, tagAt);
        at = skipVarint(bytes, at, end);
        break;
      case 1:
        if (check !== EIGHT_BYTES && check !== UNKNOWN && check !== PACKED_EIGHT_BYTES) {
          throw wrongType(table, tag, tagAt);
        }
        at += 8;
        break;
      case 5:
        if (check !== FOUR_BYTES && check !== UNKNOWN) throw wrongType(table, tag, tagAt);
        at += 4;
        break;
      default:
        throw wrongType(table, tag, tagAt);
    }
    if (at > end) throw new MalformedOtlpError("value runs past the end", tagAt);
  }
}

function checkString(table: Table, tag: number, bytes: Uint8Array, start: number, end: number): void {
  let valid = true;
  if (end - start < NATIVE_UTF8_BYTES) {
    for (let at = start; at < end; at++) {
      if ((bytes[at] as number) < 0x80) continue;
      valid = isUtf8(bytes, at, end);
      break;
    }
  } else valid = isUtf8Native(bytes.subarray(start, end));
  if (!valid) throw new MalformedOtlpError(`${describe(table, tag)} is not valid UTF-8`, start);
}

/** Length-delimited values other than strings and messages. */
function checkValue(
  table: Table,
  check: number,
  tag: number,
  bytes: Uint8Array,
  tagAt: number,
  start: number,
  end: number,
): void {
  const length = end - start;
  switch (check) {
    case BYTES:
      return;
    case TRACE_ID:
      if (length === 16 || length === 0) return;
      throw new MalformedOtlpError(`${describe(table, tag)} is a trace id of ${length} bytes, not 16`, start);
    case SPAN_ID:
      if (length === 8 || length === 0) return;
      throw new MalformedOtlpError(`${describe(table, tag)} is a span id of ${length} bytes, not 8`, start);
    case PACKED_EIGHT_BYTES:
      if (length % 8 === 0) return;
      throw new MalformedOtlpError(
        `${describe(table, tag)} is packed into ${length} bytes, not a multiple of 8`,
        start,
      );
    case PACKED_VARINT: {
      let at = start;
      while (at < end) at = skipVarint(bytes, at, end);
      return;
    }
    default:
      throw wrongType(table, tag, tagAt);
  }
}

/** Reads a varint of at most 32 bits, whose fifth byte is at most `lastMax`; sets `afterVarint`. */
function readVarint32(bytes: Uint8Array, start: number, end: number, lastMax: number): number {
  let value = 0;
  let at = start;
  for (let shift = 0; shift < 35; shift += 7) {
    if (at >= end) throw new MalformedOtlpError("truncated tag or length", start);
    const byte = bytes[at++] as number;
    if (shift === 28 && byte > lastMax) break;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      afterVarint = at;
      return value >>> 0;
    }
  }
  throw new MalformedOtlpError("tag longer than 32 bits, or length of 2 GiB or more", start);
}

/** Answers the offset after the varint. */
function skipVarint(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (let count = 1; count <= 10; count++) {
    if (at >= end) throw new MalformedOtlpError("truncated varint", start);
    const byte = bytes[at++] as number;
    if (byte >= 0x80) continue;
    if (count === 10 && byte > 1) break;
    return at;
  }
  throw new MalformedOtlpError("varint is longer than 64 bits", start);
}

function describe(table: Table, tag: number): string {
  return `field ${tag >>> 3} of ${table.name}`;
}

function wrongType(table: Table, tag: number, offset: number): MalformedOtlpError {
  return new MalformedOtlpError(`${describe(table, tag)} has wire type ${tag & 7}`, offset);
}
