import { requireUnits } from "../duration.js";
import { durationValue, timeValue } from "./go-time.js";
import { formatGeneral, printValue } from "./print.js";
import { define, type TemplateFunction } from "./signature.js";
import { typeName, type Value } from "./values.js";

const large = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const small = ["m", "u", "n", "p", "f", "a", "z", "y"];
const binary = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];

/** Numbers for people, and what turns numbers into times and back. */
export const humanizeFunctions: Readonly<Record<string, TemplateFunction>> = {
  humanize: define(["any"], (value: Value) => humanize(float(value))),
  humanize1024: define(["any"], (value: Value) => {
    const number = float(value);
    if (Math.abs(number) <= 1 || !Number.isFinite(number)) return formatGeneral(number, 4);
    return scaledDown(number, 1024, binary);
  }),
  humanizeDuration: define(["any"], (value: Value) => humanizeDuration(float(value))),
  humanizePercentage: define(["any"], (value: Value) => `${formatGeneral(float(value) * 100, 4)}%`),
  humanizeTimestamp: define(["any"], (value: Value) => {
    const seconds = float(value);
    return Number.isFinite(seconds) ? printValue(timeValue(timeMsOf(seconds))) : formatGeneral(seconds, 4);
  }),
  toTime: define(["any"], (value: Value) => timeValue(timeMsOf(float(value)))),
  toDuration: define(["any"], (value: Value) => durationValue(float(value))),
  parseDuration: define(["string"], durationSeconds),
};

/** @throws {Error} it is no number, in Go's words */
function float(value: Value): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "string") return parsedFloat(value);
  throw new Error(`can't convert ${typeName(value)} to float`);
}

function parsedFloat(text: string): number {
  if (/^[+-]?inf(inity)?$/i.test(text))
    return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  const isDecimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
  const problem = isDecimal ? (Number.isFinite(Number(text)) ? undefined : "value out of range") : "invalid syntax";
  if (problem !== undefined) throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: ${problem}`);
  return Number(text);
}

/** Milliseconds, as Go cuts nanoseconds off. @throws {Error} it is no time, in Go's words */
function timeMsOf(seconds: number): number {
  if (!Number.isFinite(seconds)) throw new Error("value is NaN or Inf");
  const nanoseconds = seconds * 1e9;
  if (Math.abs(nanoseconds) <= 2 ** 63) return Number(BigInt(Math.trunc(nanoseconds)) / 1_000_000n);
  const shown = formatGeneral(seconds);
  throw new Error(`${shown} cannot be represented as a nanoseconds timestamp since it overflows int64`);
}

function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return formatGeneral(value, 4);
  return Math.abs(value) >= 1 ? scaledDown(value, 1000, large) : scaledUp(value);
}

function scaledDown(value: number, base: number, prefixes: readonly string[]): string {
  let scaled = value;
  let prefix = "";
  for (const next of prefixes) {
    if (Math.abs(scaled) < base) break;
    prefix = next;
    scaled /= base;
  }
  return formatGeneral(scaled, 4) + prefix;
}

function scaledUp(value: number): string {
  let scaled = value;
  let prefix = "";
  for (const next of small) {
    if (Math.abs(scaled) >= 1) break;
    prefix = next;
    scaled *= 1000;
  }
  return formatGeneral(scaled, 4) + prefix;
}

function humanizeDuration(value: number): string {
  if (!Number.isFinite(value)) return formatGeneral(value, 4);
  if (value === 0) return "0s";
  if (Math.abs(value) < 1) return `${scaledUp(value)}s`;
  const sign = value < 0 ? "-" : "";
  const whole = Math.trunc(Math.abs(value));
  const [days, hours] = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24];
  const [minutes, seconds] = [Math.floor(whole / 60) % 60, whole % 60];
  if (days !== 0) return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`;
  if (hours !== 0) return `${sign}${hours}h ${minutes}m ${seconds}s`;
  if (minutes !== 0) return `${sign}${minutes}m ${seconds}s`;
  return `${sign}${formatGeneral(Math.abs(value), 4)}s`;
}

function durationSeconds(text: string): number {
  return text.startsWith("-") ? -requireUnits(text.slice(1)) / 1000 : requireUnits(text) / 1000;
}
