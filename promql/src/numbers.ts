/** Numbers as Go reads and prints them; results and messages must look like upstream's. */

/** The value of a number literal (decimal, hexadecimal, octal, `1_000`, Inf, NaN); undefined when it is none. */
export function parseNumber(text: string): number | undefined {
  const lower = text.toLowerCase();
  if (/^[+-]?inf(inity)?$/.test(lower)) return lower.startsWith("-") ? -Infinity : Infinity;
  if (/^[+-]?nan$/.test(lower)) return Number.NaN;
  const negative = lower.startsWith("-");
  const digits = lower.replace(/^[+-]/, "");
  const integer = parseInteger(digits);
  if (integer !== undefined) return negative ? -integer : integer;
  // Go allows underscores only in literals with a base prefix, and in none of the float forms.
  if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(digits)) return undefined;
  const value = Number(digits);
  if (value === Infinity) return undefined;
  return negative ? -value : value;
}

/** Go's base-0 integers: 0x1f, 0o17, 017, 0b1, underscores between digits; undefined beyond int64. */
function parseInteger(digits: string): number | undefined {
  const forms: readonly [RegExp, string][] = [
    [/^0x_?[0-9a-f]+(_[0-9a-f]+)*$/, "0x"],
    [/^0b_?[01]+(_[01]+)*$/, "0b"],
    [/^0o_?[0-7]+(_[0-7]+)*$/, "0o"],
    [/^0_?[0-7]+(_[0-7]+)*$/, "0o"],
    [/^(0|[1-9](_?\d)*)$/, ""],
  ];
  for (const [pattern, prefix] of forms) {
    if (!pattern.test(digits)) continue;
    const bare = digits.replaceAll("_", "");
    const value = BigInt(prefix === "0o" && !bare.startsWith("0o") ? `0o${bare.slice(1)}` : bare);
    return value <= 0x7fffffffffffffffn ? Number(value) : undefined;
  }
  return undefined;
}

/** Go's strconv.FormatFloat(value, 'f', -1, 64): the shortest digits, never an exponent. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  if (Object.is(value, -0)) return "-0";
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = "", lead = "", fraction = "", exponentText = ""] = match;
  const exponent = Number(exponentText);
  const digits = lead + fraction;
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  return sign + digits.padEnd(exponent + 1, "0");
}

/** Go's %g: shortest digits, an exponent outside 1e-4…1e6, at least two exponent digits. */
export function formatGeneral(value: number): string {
  if (!Number.isFinite(value)) return formatFloat(value);
  if (Object.is(value, -0)) return "-0";
  const exponent = value === 0 ? 0 : Number(value.toExponential().split("e")[1]);
  if (exponent >= -4 && exponent < 6) return formatFloat(value);
  return padExponent(value.toExponential());
}

/** Go's %.2g. */
export function formatTwoDigits(value: number): string {
  if (!Number.isFinite(value)) return formatFloat(value);
  if (value === 0) return "0";
  const exponential = roundedToTwoDigits(value);
  const exponent = Number(exponential.split("e")[1]);
  if (exponent < -4 || exponent >= 2) return padExponent(exponential.replace(/\.0e/, "e"));
  return formatFloat(Number(exponential));
}

/** Ties go to the even digit; toExponential alone would round them up. */
function roundedToTwoDigits(value: number): string {
  const [digits = "", exponent = ""] = value.toExponential(60).split("e");
  const isTie = /^-?\d\.\d50*$/.test(digits);
  const isEven = isTie && Number(digits.at(digits.indexOf(".") + 1)) % 2 === 0;
  return isEven ? `${digits.slice(0, digits.indexOf(".") + 2)}e${exponent}` : value.toExponential(1);
}

function padExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}
