import { type AttributeValue, decodeAnyValue, decodeEditValue, type KeyBuffer, Writer } from "@venturi/otlp";
import { anyText } from "../../ottl/functions/conversions.js";

/** Tags of a string and of an integer AnyValue. */
const STRING_TAG = 0x0a;
const INT_TAG = 0x18;

/** AnyValue{string_value}: a default looks in a key like a value that was sent. */
export function stringAnyValue(text: string): Uint8Array {
  const writer = new Writer(text.length + 8);
  writer.stringField(1, text);
  return writer.finish();
}

export function decodeValue(bytes: Uint8Array, start: number, end: number): AttributeValue {
  // Bytes would alias a batch whose memory is used again.
  return decodeAnyValue(bytes.slice(start, end), 0, end - start);
}

/**
 * Adds an AnyValue to a key as the string that it is shown as: the number 5 and the text "5" are the same series, since
 * their labels are. Strings, nearly all there is, are copied as they came.
 */
export function addValue(key: KeyBuffer, bytes: Uint8Array, start: number, end: number): void {
  if (bytes[start] === STRING_TAG) key.range(bytes, start, end);
  else if (bytes[start] === INT_TAG && isShortVarint(bytes, start + 1, end)) addInteger(key, bytes, start + 1, end);
  else {
    const text = stringAnyValue(anyText(decodeEditValue(bytes, start, end)));
    key.range(text, 0, text.length);
  }
}

/** Whether `start`…`end` is one varint of at most four bytes. */
function isShortVarint(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 1 || end - start > 4) return false;
  for (let at = start; at < end - 1; at++) if ((bytes[at] as number) < 0x80) return false;
  return (bytes[end - 1] as number) < 0x80;
}

/** Digits of the varint at `start`…`end`, which has at most four bytes, as `range` of a string AnyValue would have added. */
function addInteger(key: KeyBuffer, bytes: Uint8Array, start: number, end: number): void {
  let value = 0;
  for (let at = end - 1; at >= start; at--) value = (value << 7) | ((bytes[at] as number) & 0x7f);
  let divisor = 1;
  let digits = 1;
  for (; value / divisor >= 10; digits++) divisor *= 10;
  key.uint32(digits + 2);
  key.uint8(STRING_TAG);
  key.uint8(digits);
  for (; divisor >= 1; divisor /= 10) key.uint8(0x30 + (Math.floor(value / divisor) % 10));
}
