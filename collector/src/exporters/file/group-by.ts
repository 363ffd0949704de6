import { posix } from "node:path";
import { type Batch, Cursor, concatBatches, LEN, readBatch } from "@venturi/otlp";

export interface Groups {
  /** By the value of the attribute. */
  readonly batches: ReadonlyMap<string, Batch>;
  /** Items of resources without the attribute. */
  readonly without: number;
}

/** Splits a batch by a string attribute of its resources. */
export function groupByAttribute(batch: Batch, attribute: string): Groups {
  const parts = new Map<string, Batch[]>();
  let without = 0;
  for (const slice of batch.slices) {
    const cursor = new Cursor(slice);
    for (let start = 0; cursor.next(); start = cursor.offset) {
      cursor.lengthDelimited();
      const part = readBatch(batch.signal, slice.subarray(start, cursor.offset));
      const value = resourceAttribute(slice.subarray(cursor.valueStart, cursor.valueEnd), attribute);
      const list = value === undefined ? undefined : parts.get(value);
      if (value === undefined) without += part.itemCount;
      else if (list === undefined) parts.set(value, [part]);
      else list.push(part);
    }
  }
  const batches = new Map([...parts].map(([value, list]) => [value, concatBatches(batch.signal, list)]));
  return { batches, without };
}

/** The value of a string attribute in the resource of a `Resource*` record. */
function resourceAttribute(record: Uint8Array, name: string): string | undefined {
  const resource = field(record, 1);
  if (resource === undefined) return undefined;
  const cursor = new Cursor(resource);
  while (cursor.next()) {
    if (cursor.field !== 1 || cursor.wireType !== LEN) {
      cursor.skip();
      continue;
    }
    const pair = cursor.subarray();
    const key = field(pair, 1);
    if (key === undefined || Buffer.from(key).toString() !== name) continue;
    const text = field(field(pair, 2) ?? new Uint8Array(0), 1);
    return text === undefined ? undefined : Buffer.from(text).toString();
  }
  return undefined;
}

/** The bytes of a length-delimited field. */
function field(message: Uint8Array, number: number): Uint8Array | undefined {
  const cursor = new Cursor(message);
  while (cursor.next()) {
    if (cursor.field === number && cursor.wireType === LEN) return cursor.subarray();
    cursor.skip();
  }
  return undefined;
}

/** The path of a group: never outside of what stands in front of the `*`. */
export function groupPath(template: string, segment: string): string {
  const star = template.indexOf("*");
  const [head, tail] = [template.slice(0, star), template.slice(star + 1)];
  const prefix = head.endsWith("/") ? `${posix.normalize(head)}` : posix.normalize(head);
  const inner = segment.startsWith("./") ? segment.slice(1) : segment.startsWith("../") ? segment.slice(2) : segment;
  // A zero byte would end the name for the system and not for this check.
  const safe = inner.replaceAll("\0", "");
  const full = posix.normalize(prefix + safe + tail);
  return full.startsWith(prefix) ? full : posix.join(prefix, posix.join("/", safe + tail));
}
