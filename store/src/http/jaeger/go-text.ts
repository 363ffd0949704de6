/**
 * Go's way of reading numbers, booleans, durations and times from text, with Go's words when it cannot: clients of Jaeger
 * show these texts to people, and tests of clients compare them.
 */

/** `strconv.ParseInt(text, 10, bits)`. @throws {Error} with Go's text */
export function parseGoInt(text: string, bits: 32 | 64 = 64): bigint {
  const fail = (problem: string): Error => new Error(`strconv.ParseInt: parsing ${quoted(text)}: ${problem}`);
  if (!/^[+-]?\d+$/.test(text)) throw fail("invalid syntax");
  const value = BigInt(text);
  if (BigInt.asIntN(bits, value) !== value) throw fail("value out of range");
  return value;
}

/** `strconv.Atoi`, whose errors name itself. */
export function parseGoAtoi(text: string): number {
  try {
    return Number(parseGoInt(text));
  } catch (cause) {
    throw new Error((cause as Error).message.replace("strconv.ParseInt", "strconv.Atoi"), { cause });
  }
}

/** `strconv.ParseUint(text, 16, 64)` as 16 lower-case digits. */
export function parseGoHex(text: string): string {
  const fail = (problem: string): Error => new Error(`strconv.ParseUint: parsing ${quoted(text)}: ${problem}`);
  if (!/^[0-9a-fA-F]+$/.test(text)) throw fail("invalid syntax");
  const digits = text.toLowerCase().replace(/^0+/, "");
  if (digits.length > 16) throw fail("value out of range");
  return digits.padStart(16, "0");
}

/** `strconv.ParseFloat(text, 64)` for decimal numbers. */
export function parseGoFloat(text: string): number {
  const fail = (problem: string): Error => new Error(`strconv.ParseFloat: parsing ${quoted(text)}: ${problem}`);
  if (/^[+-]?(inf|infinity)$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw fail("invalid syntax");
  const value = Number(text);
  if (!Number.isFinite(value)) throw fail("value out of range");
  return value;
}

const booleans: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(["1", "t", "T", "TRUE", "true", "True"].map((text) => [text, true])),
  ...Object.fromEntries(["0", "f", "F", "FALSE", "false", "False"].map((text) => [text, false])),
};

/** `strconv.ParseBool`. */
export function parseGoBool(text: string): boolean {
  const value = Object.hasOwn(booleans, text) ? booleans[text] : undefined;
  if (value === undefined) throw new Error(`strconv.ParseBool: parsing ${quoted(text)}: invalid syntax`);
  return value;
}

const unitNs: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** `time.ParseDuration`: text such as `1h2m3.5s` in nanoseconds. */
export function parseGoDuration(text: string): bigint {
  const fail = (problem: string): Error => new Error(`time: ${problem} duration ${quoted(text)}`);
  const isNegative = text.startsWith("-");
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return 0n;
  if (rest === "") throw fail("invalid");
  let totalNs = 0n;
  while (rest !== "") {
    const number = /^(\d*)(?:\.(\d*))?/.exec(rest);
    const [all, whole = "", fraction = ""] = number ?? [""];
    if (whole === "" && fraction === "") throw fail("invalid");
    rest = rest.slice(all.length);
    const unit = /^[^.\d]+/.exec(rest)?.[0];
    if (unit === undefined) throw fail("missing unit in");
    const scale = Object.hasOwn(unitNs, unit) ? unitNs[unit] : undefined;
    if (scale === undefined) throw fail(`unknown unit ${quoted(unit)} in`);
    totalNs += BigInt(whole || "0") * scale + BigInt(Math.trunc(Number(`0.${fraction || "0"}`) * Number(scale)));
    if (totalNs > 1n << 63n) throw fail("invalid");
    rest = rest.slice(unit.length);
  }
  if (isNegative) return -totalNs;
  if (totalNs === 1n << 63n) throw fail("invalid");
  return totalNs;
}

/** `time.Duration.String()`, as in `1m0.5s`. */
export function formatGoDuration(durationNs: bigint): string {
  if (durationNs === 0n) return "0s";
  const sign = durationNs < 0n ? "-" : "";
  const ns = durationNs < 0n ? -durationNs : durationNs;
  if (ns < 1000n) return `${sign}${ns}ns`;
  if (ns < 1_000_000n) return `${sign}${decimal(ns, 1000n)}µs`;
  if (ns < 1_000_000_000n) return `${sign}${decimal(ns, 1_000_000n)}ms`;
  const minutes = ns / 60_000_000_000n;
  const seconds = `${decimal(ns % 60_000_000_000n, 1_000_000_000n)}s`;
  if (minutes === 0n) return sign + seconds;
  return minutes < 60n ? `${sign}${minutes}m${seconds}` : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

function decimal(value: bigint, unit: bigint): string {
  const fraction = String(value % unit)
    .padStart(String(unit).length - 1, "0")
    .replace(/0+$/, "");
  return fraction === "" ? String(value / unit) : `${value / unit}.${fraction}`;
}

const rfc3339Layout = "2006-01-02T15:04:05.999999999Z07:00";
/** Elements of the layout with what they take. */
const rfc3339Elements: readonly (readonly [element: string, pattern: RegExp])[] = [
  ["2006", /^\d{4}/],
  ["-", /^-/],
  ["01", /^\d{2}/],
  ["-", /^-/],
  ["02", /^\d{2}/],
  ["T", /^T/],
  ["15", /^\d{1,2}/],
  [":", /^:/],
  ["04", /^\d{2}/],
  [":", /^:/],
  ["05", /^\d{2}([.,]\d+)?/],
  ["Z07:00", /^(Z|[+-]\d{2}:\d{2})/],
];
const rfc3339Parts = /^(\d{4})-(\d\d)-(\d\d)T(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** `time.Parse(time.RFC3339Nano, text)` in nanoseconds since 1970. */
export function parseGoTime(text: string): bigint {
  let rest = text;
  for (const [element, pattern] of rfc3339Elements) {
    const match = pattern.exec(rest);
    if (match === null) {
      const problem = `cannot parse ${quoted(rest)} as ${quoted(element)}`;
      throw new Error(`parsing time ${quoted(text)} as ${quoted(rfc3339Layout)}: ${problem}`);
    }
    rest = rest.slice(match[0].length);
  }
  if (rest !== "") throw new Error(`parsing time ${quoted(text)}: extra text: ${quoted(rest)}`);
  const [, year, month, day, hour, minute, second, fraction = "", sign, zoneHours, zoneMinutes] = (rfc3339Parts.exec(
    text,
  ) ?? []) as unknown as string[];
  const outOfRange = (what: string): Error => new Error(`parsing time ${quoted(text)}: ${what} out of range`);
  if (Number(month) < 1 || Number(month) > 12) throw outOfRange("month");
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  if (Number(hour) > 23) throw outOfRange("hour");
  if (Number(minute) > 59) throw outOfRange("minute");
  if (Number(second) > 59) throw outOfRange("second");
  if (date.getUTCDate() !== Number(day)) throw outOfRange("day");
  const zoneSeconds = (sign === "-" ? -1 : 1) * (Number(zoneHours ?? 0) * 3600 + Number(zoneMinutes ?? 0) * 60);
  const seconds = date.getTime() / 1000 + Number(hour) * 3600 + Number(minute) * 60 + Number(second) - zoneSeconds;
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
}

/** A string as Go's `%q` writes it. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}
