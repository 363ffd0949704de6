/** The JSON forms of protobuf scalars, as text. Each answers undefined for what is not one. */

const INTEGER = /^-?\d+$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

export interface IntegerRange {
  readonly min: bigint;
  readonly max: bigint;
}

export const UINT32: IntegerRange = { min: 0n, max: 2n ** 32n - 1n };
export const INT32: IntegerRange = { min: -(2n ** 31n), max: 2n ** 31n - 1n };
export const UINT64: IntegerRange = { min: 0n, max: 2n ** 64n - 1n };
export const INT64: IntegerRange = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/** An integer in decimal, or a number that is integral (`1e3`, `2.0`), as protobuf's JSON allows. */
export function parseInteger(text: string, range: IntegerRange): bigint | undefined {
  let value: bigint;
  if (INTEGER.test(text)) {
    if (text.length > 20) return undefined;
    value = BigInt(text);
  } else {
    const number = parseDouble(text);
    if (number === undefined || !Number.isInteger(number)) return undefined;
    value = BigInt(number);
  }
  return value < range.min || value > range.max ? undefined : value;
}

/** A number in decimal, or `NaN`, `Infinity`, `-Infinity`. */
export function parseDouble(text: string): number | undefined {
  if (DECIMAL.test(text)) return Number(text);
  if (text === "NaN" || text === "Infinity" || text === "-Infinity") return Number(text);
  return undefined;
}

/** Standard or URL-safe base64, with or without padding. */
export function parseBase64(text: string): Uint8Array | undefined {
  if (!BASE64.test(text) || text.replace(/=+$/, "").length % 4 === 1) return undefined;
  return Buffer.from(text, "base64");
}

/** Hexadecimal of exactly `byteLength` bytes. The empty string is an absent id: no bytes. */
export function parseHex(text: string, byteLength: number): Uint8Array | undefined {
  if (text === "") return new Uint8Array(0);
  if (text.length !== byteLength * 2 || !/^[0-9a-fA-F]+$/.test(text)) return undefined;
  return Buffer.from(text, "hex");
}
