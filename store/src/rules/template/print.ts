import { formatHistogram } from "@venturi/promql";
import type { Value } from "./ast.js";
import { TemplateError } from "./tokens.js";

/** A float as Go's `%g` writes it; without precision the shortest digits that read back. */
export function formatGeneral(value: number, precision?: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa = "", exponentText = "0"] = value.toExponential(precision && precision - 1).split("e");
  const digits = mantissa.replace(/^-|\./g, "").replace(/0+$/, "") || "0";
  const exponent = Number(exponentText);
  const limit = precision ?? 6;
  if (exponent < -4 || exponent >= limit) return `${exponential(mantissa, precision)}e${goExponent(exponent)}`;
  const sign = value < 0 ? "-" : "";
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, "0");
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** A float as Go's `%e` writes it; without precision the shortest digits that read back. */
export function formatExponential(value: number, precision?: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  const [mantissa = "", exponent = "0"] = value.toExponential(precision).split("e");
  return `${Object.is(value, -0) ? "-" : ""}${mantissa}e${goExponent(Number(exponent))}`;
}

function exponential(mantissa: string, precision: number | undefined): string {
  return precision === undefined || !mantissa.includes(".") ? mantissa : mantissa.replace(/\.?0+$/, "");
}

/** At least two digits and always a sign. */
function goExponent(exponent: number): string {
  return `${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** A value as Go's `%v` prints it. */
export function printValue(value: Value): string {
  if (typeof value === "number") return formatGeneral(value);
  if (value === null || value === undefined) return "<no value>";
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[${value.map(printValue).join(" ")}]`;
  if ("positiveSpans" in value) return formatHistogram(value as Parameters<typeof formatHistogram>[0]);
  if (value.toString !== Object.prototype.toString) return String(value);
  const entries = Object.entries(value as Record<string, Value>).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, inner]) => `${key}:${printValue(inner)}`).join(" ")}]`;
}

const verbPattern = /%([-+# 0]*)(\d*)(?:\.(\d*))?([a-zA-Z%])/g;
/** Wider output is nobody's wish but a way to fill memory. */
const maxWidth = 1000;

/** Go's Sprintf for the verbs that make sense in an alert. */
export function sprintf(format: string, values: readonly Value[]): string {
  let next = 0;
  const text = format.replace(
    verbPattern,
    (_, flags: string, width: string, precision: string | undefined, verb: string) => {
      if (verb === "%") return "%";
      if (Number(width) > maxWidth || Number(precision) > 100)
        throw new TemplateError("printf: the width is too large");
      if (next >= values.length) return `%!${verb}(MISSING)`;
      const shown = formatVerb(values[next++], verb, precision === undefined ? undefined : Number(precision), flags);
      if (flags.includes("-")) return shown.padEnd(Number(width));
      const isPadded = flags.includes("0") && /^[+-]?\d/.test(shown);
      return isPadded ? zeroPadded(shown, Number(width)) : shown.padStart(Number(width));
    },
  );
  if (next >= values.length) return text;
  return `${text}%!(EXTRA ${values
    .slice(next)
    .map((value) => `${goType(value)}=${printValue(value)}`)
    .join(", ")})`;
}

function zeroPadded(text: string, width: number): string {
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  return sign + text.slice(sign.length).padStart(width - sign.length, "0");
}

function formatVerb(value: Value, verb: string, precision: number | undefined, flags: string): string {
  const signed = (text: string): string => (flags.includes("+") && !/^[+-]/.test(text) ? `+${text}` : text);
  switch (verb) {
    case "v":
      return typeof value === "number" && precision !== undefined ? formatGeneral(value, precision) : printValue(value);
    case "s":
      if (typeof value === "number" || typeof value === "bigint") break;
      return printValue(value).slice(0, precision);
    case "q":
      if (typeof value === "string") return JSON.stringify(value);
      break;
    case "t":
      if (typeof value === "boolean") return String(value);
      break;
    case "d":
      if (typeof value === "bigint") return signed(String(value));
      break;
    case "x":
      if (typeof value === "bigint") return value.toString(16);
      if (typeof value === "string") return Buffer.from(value).toString("hex");
      break;
    case "f":
    case "F":
      if (typeof value === "number") return signed(fixed(value, precision ?? 6));
      break;
    case "e":
      if (typeof value === "number") return signed(formatExponential(value, precision ?? 6));
      break;
    case "g":
      if (typeof value === "number") return signed(generalVerb(value, precision));
      break;
  }
  return `%!${verb}(${goType(value)}=${printValue(value)})`;
}

function generalVerb(value: number, precision: number | undefined): string {
  return precision === undefined ? formatGeneral(value) : formatGeneral(value, Math.max(1, precision));
}

function fixed(value: number, precision: number): string {
  if (!Number.isFinite(value)) return formatGeneral(value);
  // Beyond 1e21, toFixed writes an exponent.
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}${precision > 0 ? `.${"0".repeat(precision)}` : ""}`;
  return value.toFixed(precision);
}

export function goType(value: Value): string {
  if (typeof value === "number") return "float64";
  if (typeof value === "bigint") return "int";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (value === null || value === undefined) return "<nil>";
  return Array.isArray(value) ? "template.queryResult" : "map[string]string";
}
