import { STATIC_TABLE } from "./header-field.js";

/**
 * Encodes headers without a dynamic table, so that a block is the same bytes each time and can be made once. Names and
 * values of the static table are indexed, all else is literal.
 */
export function encodeHeaders(headers: readonly (readonly [name: string, value: string])[]): Buffer {
  const bytes: number[] = [];
  for (const [name, value] of headers) {
    const index = STATIC_TABLE.findIndex((field) => field.name === name && field.value === value) + 1;
    if (index > 0) {
      pushInteger(bytes, 0x80, 7, index);
      continue;
    }
    const nameIndex = STATIC_TABLE.findIndex((field) => field.name === name) + 1;
    pushInteger(bytes, 0, 4, nameIndex);
    if (nameIndex === 0) pushString(bytes, name);
    pushString(bytes, value);
  }
  return Buffer.from(bytes);
}

function pushString(bytes: number[], text: string): void {
  pushInteger(bytes, 0, 7, text.length);
  for (let index = 0; index < text.length; index++) bytes.push(text.charCodeAt(index) & 0xff);
}

function pushInteger(bytes: number[], flags: number, prefixBits: number, value: number): void {
  const mask = (1 << prefixBits) - 1;
  if (value < mask) {
    bytes.push(flags | value);
    return;
  }
  bytes.push(flags | mask);
  let rest = value - mask;
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
}
