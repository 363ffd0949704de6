import { Cursor, type Writer } from "@venturi/otlp";

/** Copies the fields of a message in `start`…`end`, but not those that `isLeftOut` says. */
export function copyFields(
  writer: Writer,
  bytes: Uint8Array,
  start: number,
  end: number,
  isLeftOut: (cursor: Cursor) => boolean,
): void {
  const cursor = new Cursor(bytes, start, end);
  let runStart = start;
  for (let fieldStart = start; cursor.next(); fieldStart = cursor.offset) {
    cursor.skip();
    if (!isLeftOut(cursor)) continue;
    writer.rawRange(bytes, runStart, fieldStart);
    runStart = cursor.offset;
  }
  writer.rawRange(bytes, runStart, end);
}
