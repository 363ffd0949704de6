const PAIRS: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** An id as lower-case hex; "" when it is empty or all zero, which OTLP both defines as "no id". */
export function idToHex(bytes: Uint8Array, start: number, end: number): string {
  let hex = "";
  let any = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    any |= byte;
    hex += PAIRS[byte] as string;
  }
  return any === 0 ? "" : hex;
}
