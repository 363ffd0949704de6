import type { EditMap } from "@venturi/otlp";
import { htmlSafeJsonString, jsonString } from "../../records/any-value-text.js";
import { Duration, Id, isList, isMap, OttlError, OttlTypeError, Time, typeName, type Value } from "../values.js";

const LEAST_INT = -(2n ** 63n);
const MOST_INT = 2n ** 63n - 1n;

/** The value as a text, as functions that take "anything like a string" see it. nil stays nil. */
export function asText(value: Value): string | null {
  if (value === null || typeof value === "string") return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return jsonText(value, FUNCTION_JSON);
}

/** The value as telemetry shows it: as `asText`, but bytes are base64 and numbers that JSON lacks have names. */
export function anyText(value: Value): string {
  if (value === null) return "";
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return jsonText(value, TELEMETRY_JSON);
}

/** The two ways in which the Collector writes JSON. */
interface JsonStyle {
  readonly string: (text: string) => string;
  readonly number: (value: number) => string;
}

const TELEMETRY_JSON: JsonStyle = { string: jsonString, number: String };
const FUNCTION_JSON: JsonStyle = {
  string: htmlSafeJsonString,
  // Exponents have two digits.
  number: (value) => String(value).replace(/e([-+])(\d)$/, "e$10$2"),
};

/** Keys are in order, bytes are in base64. */
function jsonText(value: Value, style: JsonStyle): string {
  if (value === null) return "null";
  switch (typeof value) {
    case "string":
      return style.string(value);
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      if (!Number.isFinite(value)) throw new OttlError(`unsupported value: ${value}`);
      return Object.is(value, -0) ? "-0" : style.number(value);
  }
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString("base64")}"`;
  if (isList(value)) return `[${value.map((item) => jsonText(item, style)).join(",")}]`;
  if (isMap(value)) return mapText(value, style);
  // An array of bytes is an array to Go's JSON.
  if (value instanceof Id) return `[${value.bytes.join(",")}]`;
  if (value instanceof Duration) return String(value.nanos);
  if (value instanceof Time) return `"${rfc3339(value)}"`;
  throw new OttlTypeError(`unsupported type: ${typeName(value)}`);
}

function mapText(map: EditMap, style: JsonStyle): string {
  const entries = [...new Map(map.entries())].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${entries.map(([key, item]) => `${style.string(key)}:${jsonText(item, style)}`).join(",")}}`;
}

const NANOS_PER_SECOND = 1_000_000_000n;

function rfc3339({ nanos, offsetMinutes }: Time): string {
  const local = nanos + BigInt(offsetMinutes) * 60n * NANOS_PER_SECOND;
  const fraction = ((local % NANOS_PER_SECOND) + NANOS_PER_SECOND) % NANOS_PER_SECOND;
  const seconds = new Date(Number((local - fraction) / 1_000_000n)).toISOString().slice(0, 19);
  const digits = fraction === 0n ? "" : `.${String(fraction).padStart(9, "0").replace(/0+$/, "")}`;
  const minutes = Math.abs(offsetMinutes);
  const two = (part: number) => String(part).padStart(2, "0");
  const sign = offsetMinutes < 0 ? "-" : "+";
  const zone = offsetMinutes === 0 ? "Z" : `${sign}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`;
  return `${seconds}${digits}${zone}`;
}

/** nil stays nil, and a text that is no integer becomes nil. */
export function asInt(value: Value): bigint | null {
  if (value === null || typeof value === "bigint") return value;
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "number") return truncated(value);
  if (typeof value === "string") return parseInt64(value) ?? null;
  throw new OttlTypeError(`unsupported type: ${typeName(value)}`);
}

/** A double without its fraction. What does not fit is what the processor makes of it: the least integer. */
function truncated(value: number): bigint {
  if (!Number.isFinite(value)) return LEAST_INT;
  const integer = BigInt(Math.trunc(value));
  return integer < LEAST_INT || integer > MOST_INT ? LEAST_INT : integer;
}

/** Decimal digits with or without a sign; undefined when it is something else or does not fit. */
export function parseInt64(text: string): bigint | undefined {
  if (!/^[-+]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
  return value < LEAST_INT || value > MOST_INT ? undefined : value;
}

export function asDouble(value: Value): number | null {
  if (value === null || typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "string") return parseDouble(value);
  throw new OttlTypeError(`unsupported type: ${typeName(value)}`);
}

const NAMES: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
};

/** As Go's ParseFloat, but hexadecimal. */
function parseDouble(text: string): number {
  const name = NAMES[text.replace(/^[-+]/, "").toLowerCase()];
  if (name !== undefined) return text.startsWith("-") ? -name : name;
  const value = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw new OttlError(`cannot parse ${JSON.stringify(text)} as a number`);
  return value;
}

const TRUE = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const FALSE = new Set(["0", "f", "F", "false", "FALSE", "False"]);

export function asBool(value: Value): boolean | null {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "bigint") return value !== 0n;
  if (typeof value === "number") return value !== 0;
  if (typeof value === "string") {
    if (TRUE.has(value)) return true;
    if (FALSE.has(value)) return false;
    throw new OttlError(`cannot parse ${JSON.stringify(value)} as a bool`);
  }
  throw new OttlTypeError(`unsupported type: ${typeName(value)}`);
}

/** Numbers as 8 bytes, big-endian; a bool as one. */
export function asBytes(value: Value): Uint8Array | null {
  if (value === null || value instanceof Uint8Array) return value;
  if (typeof value === "string") return Buffer.from(value, "utf8");
  if (typeof value === "boolean") return new Uint8Array([value ? 1 : 0]);
  if (typeof value === "bigint" || typeof value === "number") {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    if (typeof value === "bigint") view.setBigInt64(0, value);
    else view.setFloat64(0, value);
    return bytes;
  }
  throw new OttlTypeError(`unsupported type: ${typeName(value)}`);
}
