import { parseUnits } from "../duration.js";
import type { Value } from "./ast.js";
import type { TemplateFunction } from "./execute.js";
import { formatGeneral, goType } from "./format.js";

const large = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const small = ["m", "u", "n", "p", "f", "a", "z", "y"];
const binary = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];

/** Numbers for people, and what turns numbers into times and back. */
export const humanizeFunctions: Record<string, TemplateFunction> = {
  humanize: (value) => humanize(float(value)),
  humanize1024(value) {
    const number = float(value);
    if (Math.abs(number) <= 1 || !Number.isFinite(number)) return formatGeneral(number, 4);
    return scaledDown(number, 1024, binary);
  },
  humanizeDuration: (value) => humanizeDuration(float(value)),
  humanizePercentage: (value) => `${formatGeneral(float(value) * 100, 4)}%`,
  humanizeTimestamp(value) {
    const seconds = float(value);
    return Number.isFinite(seconds) ? goTime(seconds) : formatGeneral(seconds, 4);
  },
  toTime(value) {
    const seconds = float(value);
    if (!Number.isFinite(seconds)) throw new Error("value is NaN or Inf");
    return new GoTime(seconds);
  },
  toDuration: (value) => new GoDuration(float(value)),
  parseDuration: (value) => durationSeconds(String(value)),
};

/** Prints as Go prints a time.Duration. */
class GoDuration {
  readonly seconds: number;

  constructor(seconds: number) {
    this.seconds = seconds;
  }

  toString(): string {
    const sign = this.seconds < 0 ? "-" : "";
    const seconds = Math.abs(this.seconds);
    if (seconds === 0) return "0s";
    if (seconds < 1) {
      const [factor, unit] = seconds < 1e-6 ? [1e9, "ns"] : seconds < 1e-3 ? [1e6, "µs"] : [1e3, "ms"];
      return `${sign}${Number((seconds * factor).toFixed(6))}${unit}`;
    }
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor(seconds / 60) % 60;
    const rest = `${Number((seconds - hours * 3600 - minutes * 60).toFixed(9))}s`;
    if (hours > 0) return `${sign}${hours}h${minutes}m${rest}`;
    return minutes > 0 ? `${sign}${minutes}m${rest}` : sign + rest;
  }
}

/** Prints as Go prints a time.Time in UTC. */
class GoTime {
  readonly seconds: number;

  constructor(seconds: number) {
    this.seconds = seconds;
  }

  toString(): string {
    return goTime(this.seconds);
  }
}

function goTime(seconds: number): string {
  const date = new Date(Math.floor(seconds * 1000));
  if (Number.isNaN(date.getTime())) throw new Error(`${seconds} cannot be represented as a timestamp`);
  const [day = "", time = "", fraction = ""] = date.toISOString().split(/[TZ.]/);
  const digits = fraction.replace(/0+$/, "");
  return `${day} ${time}${digits === "" ? "" : `.${digits}`} +0000 UTC`;
}

function float(value: Value): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof GoDuration) return value.seconds;
  if (typeof value === "string") {
    const number = value.trim() === "" ? Number.NaN : Number(value.replace(/^([+-]?)inf$/i, "$1Infinity"));
    if (!Number.isNaN(number) || /^nan$/i.test(value)) return number;
    throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(value)}: invalid syntax`);
  }
  throw new Error(`can't convert ${goType(value)} to float`);
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
  const isNegative = text.startsWith("-");
  const durationMs = parseUnits(isNegative ? text.slice(1) : text);
  if (durationMs === undefined) throw new Error(`not a valid duration string: ${JSON.stringify(text)}`);
  return ((isNegative ? -1 : 1) * durationMs) / 1000;
}
