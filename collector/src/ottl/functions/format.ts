import { Duration, Id, isList, isMap, Messages, Time, typeName, type Value } from "../values.js";
import { anyText } from "./conversions.js";

interface Verb {
  readonly letter: string;
  readonly flags: string;
  readonly width: number;
  /** -1: none. */
  readonly precision: number;
}

/** Go's Sprintf for the values of the language: verbs, flags, widths and its texts for what does not fit. */
export function sprintf(format: string, values: readonly Value[]): string {
  let next = 0;
  const written = format.replace(/%([-+# 0]*)(\d*)(?:\.(\d*))?([\s\S]?)/gu, (_, flags, width, precision, letter) => {
    if (letter === "%") return "%";
    if (letter === "") return "%!(NOVERB)";
    if (next >= values.length) return `%!${letter as string}(MISSING)`;
    const verb: Verb = {
      letter: letter as string,
      flags: flags as string,
      width: Number(width),
      precision: precision === undefined ? -1 : Number(precision),
    };
    return pad(formatValue(verb, values[next++] ?? null), verb);
  });
  if (next >= values.length) return written;
  const extra = values.slice(next).map((value) => (value === null ? "<nil>" : `${goType(value)}=${plain(value)}`));
  return `${written}%!(EXTRA ${extra.join(", ")})`;
}

function formatValue(verb: Verb, value: Value): string {
  const { letter } = verb;
  if (letter === "T") return goType(value);
  if (value === null) return letter === "v" ? "<nil>" : `%!${letter}(<nil>)`;
  const text =
    typeof value === "string"
      ? formatString(verb, value)
      : typeof value === "bigint"
        ? formatInt(verb, value)
        : typeof value === "number"
          ? formatDouble(verb, value)
          : formatOther(verb, value);
  return text ?? `%!${letter}(${goType(value)}=${plain(value)})`;
}

function formatString({ letter, precision, flags }: Verb, value: string): string | undefined {
  const cut = precision < 0 ? value : [...value].slice(0, precision).join("");
  switch (letter) {
    case "s":
    case "v":
      return cut;
    case "q":
      return JSON.stringify(cut);
    case "x":
    case "X": {
      const hex = Buffer.from(value).toString("hex");
      return (flags.includes("#") ? "0x" : "") + (letter === "X" ? hex.toUpperCase() : hex);
    }
  }
  return undefined;
}

const RADIXES: Readonly<Record<string, number>> = { d: 10, v: 10, b: 2, o: 8, x: 16, X: 16 };

function formatInt({ letter, flags, precision }: Verb, value: bigint): string | undefined {
  if (letter === "c") return String.fromCodePoint(Number(value));
  if (letter === "q") return `'${String.fromCodePoint(Number(value))}'`;
  if (letter === "U") return `U+${value.toString(16).toUpperCase().padStart(4, "0")}`;
  const radix = RADIXES[letter];
  if (radix === undefined) return undefined;
  let digits = (value < 0n ? -value : value).toString(radix);
  if (precision >= 0) digits = digits.padStart(precision, "0");
  if (letter === "X") digits = digits.toUpperCase();
  const prefix = flags.includes("#") ? ({ x: "0x", X: "0X", o: "0", b: "0b" }[letter] ?? "") : "";
  return sign(value < 0n, flags) + prefix + digits;
}

function formatDouble({ letter, flags, precision }: Verb, value: number): string | undefined {
  if (!["v", "g", "G", "f", "F", "e", "E"].includes(letter)) return undefined;
  const before = sign(value < 0 || Object.is(value, -0), flags);
  if (!Number.isFinite(value)) {
    if (Number.isNaN(value)) return "NaN";
    return `${before === "" ? "+" : before}Inf`;
  }
  const size = Math.abs(value);
  switch (letter) {
    case "f":
    case "F":
      return before + size.toFixed(precision < 0 ? 6 : precision);
    case "e":
    case "E": {
      const text = exponent(size.toExponential(precision < 0 ? 6 : precision));
      return before + (letter === "E" ? text.toUpperCase() : text);
    }
    default:
      return before + general(size, precision);
  }
}

/** The shortest text that reads as the same number, with an exponent where that is long. */
function general(size: number, precision: number): string {
  const text = precision < 0 ? size.toExponential() : size.toExponential(Math.max(precision - 1, 0));
  const [mantissa = "", power = "0"] = text.split("e");
  const exponentOf = Number(power);
  const digits = precision < 0 ? Math.max(mantissa.replace(".", "").length, 21) : precision || 1;
  if (exponentOf < -4 || exponentOf >= digits) return exponent(`${trimZeros(mantissa)}e${power}`);
  return precision < 0 ? String(size) : trimZeros(size.toFixed(Math.max(precision - 1 - exponentOf, 0)));
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Two digits of exponent at least. */
function exponent(text: string): string {
  return text.replace(/e([-+]?)(\d)$/, (_, mark, digit) => `e${mark === "" ? "+" : mark}0${digit}`);
}

function formatOther({ letter }: Verb, value: Value): string | undefined {
  if (typeof value === "boolean") return letter === "t" || letter === "v" ? String(value) : undefined;
  if (value instanceof Uint8Array) {
    if (letter === "x" || letter === "X") return Buffer.from(value).toString("hex");
    if (letter === "s") return Buffer.from(value).toString("utf8");
    return letter === "v" || letter === "d" ? `[${value.join(" ")}]` : undefined;
  }
  if (value instanceof Id && (letter === "s" || letter === "v" || letter === "x")) {
    return Buffer.from(value.bytes).toString("hex");
  }
  return letter === "v" || letter === "s" ? plain(value) : undefined;
}

/** As `%v` writes it. */
function plain(value: Value): string {
  if (isList(value)) return `[${value.map(plain).join(" ")}]`;
  if (value === null) return "<nil>";
  if (typeof value === "number") return formatDouble({ letter: "v", flags: "", width: 0, precision: -1 }, value) ?? "";
  if (value instanceof Messages || isMap(value)) return isMap(value) ? anyText(value) : typeName(value);
  if (value instanceof Time || value instanceof Duration) return anyText(value);
  if (value instanceof Id) return Buffer.from(value.bytes).toString("hex");
  return value instanceof Uint8Array ? `[${value.join(" ")}]` : anyText(value);
}

function goType(value: Value): string {
  if (value instanceof Uint8Array) return "[]uint8";
  if (isList(value)) return "[]interface {}";
  if (isMap(value)) return "pcommon.Map";
  return value === null ? "<nil>" : typeName(value);
}

function sign(isNegative: boolean, flags: string): string {
  if (isNegative) return "-";
  return flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
}

function pad(text: string, { flags, width, letter }: Verb): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes("-")) return text + " ".repeat(missing);
  if (!flags.includes("0") || text.startsWith("%!")) return " ".repeat(missing) + text;
  const before = "sqv".includes(letter) && !/^[-+]?\d/.test(text) ? "" : (/^[-+ ]/.exec(text)?.[0] ?? "");
  return before + "0".repeat(missing) + text.slice(before.length);
}
