import { Cursor, Writer } from "@venturi/otlp";

/** Packed repeated numbers of data points. A field that came unpacked or in pieces is read by its last piece. */

export function readFixedCounts(bytes: Uint8Array): bigint[] {
  const cursor = new Cursor(bytes);
  const counts: bigint[] = [];
  while (cursor.offset + 8 <= bytes.length) counts.push(BigInt.asIntN(64, cursor.fixed64()));
  return counts;
}

export function fixedCounts(counts: readonly bigint[]): Uint8Array {
  const writer = new Writer(counts.length * 8 + 8);
  for (const count of counts) writer.fixed64(count);
  return writer.finish();
}

export function readVarintCounts(bytes: Uint8Array): bigint[] {
  const cursor = new Cursor(bytes);
  const counts: bigint[] = [];
  while (cursor.offset < bytes.length) counts.push(BigInt.asIntN(64, cursor.uint64()));
  return counts;
}

export function varintCounts(counts: readonly bigint[]): Uint8Array {
  const writer = new Writer(counts.length * 2 + 8);
  for (const count of counts) writer.varint64(count);
  return writer.finish();
}

export function readDoubles(bytes: Uint8Array): number[] {
  const cursor = new Cursor(bytes);
  const values: number[] = [];
  while (cursor.offset + 8 <= bytes.length) values.push(cursor.double());
  return values;
}

export function doubles(values: readonly number[]): Uint8Array {
  const writer = new Writer(values.length * 8 + 8);
  for (const value of values) writer.double(value);
  return writer.finish();
}
