const hexOfByte: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hex of `bytes[start, end)`; "" when every byte is zero, which OTLP reads as "no id". */
export function hexId(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  let bits = 0;
  for (let index = start; index < end; index++) {
    const byte = bytes[index] as number;
    bits |= byte;
    text += hexOfByte[byte];
  }
  return bits === 0 ? "" : text;
}
