import { Cursor, FIXED64, LEN, VARINT } from "@venturi/otlp";
import type { ParsedExemplar } from "./exposition.js";

/** Small messages of io.prometheus.client that several others contain. Each function reads to the end of its cursor. */

export function readExemplar(cursor: Cursor): ParsedExemplar {
  const labels: [string, string][] = [];
  let value = 0;
  let timestampMs: number | undefined;
  while (cursor.next()) {
    if (cursor.field === 2 && cursor.wireType === FIXED64) value = cursor.double();
    else {
      cursor.skip();
      if (cursor.field === 1 && cursor.wireType === LEN) labels.push(labelPair(inside(cursor)));
      else if (cursor.field === 3 && cursor.wireType === LEN) timestampMs = readTimestampMs(inside(cursor));
    }
  }
  return { labels, value, timestampMs };
}

export function labelPair(cursor: Cursor): [string, string] {
  const pair: [string, string] = ["", ""];
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wireType === LEN) pair[0] = cursor.string();
    else if (cursor.field === 2 && cursor.wireType === LEN) pair[1] = cursor.string();
    else cursor.skip();
  }
  return pair;
}

/** A Quantile: its quantile and its value. */
export function readPair(cursor: Cursor): [number, number] {
  const pair: [number, number] = [0, 0];
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wireType === FIXED64) pair[0] = cursor.double();
    else if (cursor.field === 2 && cursor.wireType === FIXED64) pair[1] = cursor.double();
    else cursor.skip();
  }
  return pair;
}

export function readValue(cursor: Cursor): number {
  return readPair(cursor)[0];
}

/** A google.protobuf.Timestamp in milliseconds. */
export function readTimestampMs(cursor: Cursor): number {
  let [seconds, nanos] = [0, 0];
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wireType === VARINT) seconds = Number(cursor.int64());
    else if (cursor.field === 2 && cursor.wireType === VARINT) nanos = cursor.uint32();
    else cursor.skip();
  }
  return seconds * 1000 + Math.floor(nanos / 1e6);
}

export function inside(cursor: Cursor): Cursor {
  return new Cursor(cursor.bytes, cursor.valueStart, cursor.valueEnd);
}
