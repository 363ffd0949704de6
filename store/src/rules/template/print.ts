import { GoMap, GoStruct, type Value } from "./values.js";

/** A float as Go's `%g` writes it; without precision the shortest digits that read back. */
export function formatGeneral(value: number, precision?: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa = "", exponentText = "0"] = toExponential(value, precision && precision - 1).split("e");
  const digits = mantissa.replace(/^-|\./g, "").replace(/0+$/, "") || "0";
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= (precision ?? 6)) return `${stripped(mantissa)}e${goExponent(exponent)}`;
  const sign = value < 0 ? "-" : "";
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, "0");
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

/** A float as Go's `%e` writes it; without precision the shortest digits that read back. */
export function formatExponential(value: number, precision?: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const [mantissa = "", exponent = "0"] = toExponential(value, precision).split("e");
  return `${Object.is(value, -0) ? "-" : ""}${mantissa}e${goExponent(Number(exponent))}`;
}

/** A float as Go's `%f` writes it. */
export function formatFixed(value: number, precision: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  // Beyond 1e21, toFixed writes an exponent.
  if (Math.abs(value) >= 1e21) return BigInt(value) + (precision > 0 ? `.${"0".repeat(precision)}` : "");
  const text = halfToEven(value.toFixed(precision), value.toFixed(maxDigits), precision);
  return Object.is(value, -0) ? `-${text}` : text;
}

/** As many digits as JavaScript writes: a double that lies in the middle of two shorter numbers has fewer. */
const maxDigits = 100;

/** JavaScript rounds a number in the middle of two shorter ones up, Go to the even one. */
function halfToEven(rounded: string, exact: string, precision: number): string {
  const point = exact.indexOf(".");
  const kept = exact.slice(0, precision === 0 ? point : point + 1 + precision);
  const rest = exact.slice(point + 1 + precision).replace(/e.*$/, "");
  if (!/^50*$/.test(rest) || !/[02468]$/.test(kept)) return rounded;
  return kept + (/e.*$/.exec(exact)?.[0] ?? "");
}

function toExponential(value: number, precision: number | undefined): string {
  if (precision === undefined) return value.toExponential();
  return halfToEven(value.toExponential(precision), value.toExponential(maxDigits), precision);
}

function notFinite(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}

function stripped(mantissa: string): string {
  return mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
}

/** At least two digits and always a sign. */
function goExponent(exponent: number): string {
  return `${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** A value as Go's `%v` prints it; a nil that was never a value is `<nil>`. */
export function printValue(value: Value): string {
  if (typeof value === "number") return formatGeneral(value);
  if (value === null || value === undefined) return "<nil>";
  if (typeof value !== "object") return String(value);
  if (value instanceof GoMap) {
    return `map[${[...value.entries].map(([key, inner]) => `${key}:${printValue(inner)}`).join(" ")}]`;
  }
  // Go prints lists of pointers as addresses, which tell nobody anything.
  if (!(value instanceof GoStruct)) return `[${value.map(printValue).join(" ")}]`;
  return value.text?.() ?? `{${[...value.fields.values()].map(printValue).join(" ")}}`;
}

/** Values one after the other, with spaces where Go's Sprint puts them: between two that are no texts. */
export function sprint(values: readonly Value[]): string {
  let text = "";
  for (const [index, value] of values.entries()) {
    if (index > 0 && typeof value !== "string" && typeof values[index - 1] !== "string") text += " ";
    text += printValue(value);
  }
  return text;
}
