import type { Field, Message } from "../schema/message.js";
import { Cursor, LEN } from "./cursor.js";

/** Items (spans, data points, log records) in `bytes[start, end)`, a message that was validated before. */
export function countItems(message: Message, bytes: Uint8Array, start: number, end: number): number {
  const cursor = new Cursor(bytes, start, end);
  let count = 0;
  while (cursor.next()) {
    const field = cursor.wireType === LEN ? message.byNumber.get(cursor.field) : undefined;
    cursor.skip();
    if (!isDivided(field)) continue;
    count += field.item ? 1 : countItems(field.message(), bytes, cursor.valueStart, cursor.valueEnd);
  }
  return count;
}

/** Whether a field is an item or leads to items: the fields that a cut through a batch divides. */
export function isDivided(field: Field | undefined): field is Field {
  return field?.kind === "message" && (field.item || holdsItems(field.message()));
}

const itemHolders = new Map<Message, boolean>();

function holdsItems(type: Message): boolean {
  const known = itemHolders.get(type);
  if (known !== undefined) return known;
  // A message that contains itself (AnyValue) is asked about again before its answer is known.
  itemHolders.set(type, false);
  const answer = type.fields.some(isDivided);
  itemHolders.set(type, answer);
  return answer;
}
