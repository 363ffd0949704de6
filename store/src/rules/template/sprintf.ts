import { formatExponential, formatFixed, formatGeneral, printValue } from "./print.js";
import { GoMap, GoStruct, typeName, type Value } from "./values.js";

const verbPattern = /%([-+# 0]*)(?:\[(\d+)\])?(\d+|\*)?(?:\.(?:\[(\d+)\])?(\d+|\*)?)?(?:\[(\d+)\])?([\s\S])?/gu;

/** Wider output is nobody's wish but a way to fill memory. */
const maxWidth = 1000;

interface Verb {
  readonly verb: string;
  readonly flags: string;
  readonly precision: number | undefined;
}

/** Go's Sprintf. @throws {Error} when a width is larger than an alert's text can mean */
export function sprintf(format: string, values: readonly Value[]): string {
  let next = 0;
  let isReordered = false;
  const size = (text: string | undefined): number | undefined => {
    const number = text === "*" ? Number(values[next++]) : text === undefined ? undefined : Number(text);
    if (number !== undefined && Math.abs(number) > maxWidth) throw new Error("the width is too large");
    return number;
  };
  const pick = (index: string | undefined): void => {
    if (index === undefined) return;
    isReordered = true;
    next = Number(index) - 1;
  };
  const text = format.replace(verbPattern, (all: string, ...groups: (string | undefined)[]) => {
    const [flags = "", widthIndex, widthText, precisionIndex, precisionText, index, verb] = groups;
    pick(widthIndex);
    const width = size(widthText);
    const hasPrecision = all
      .slice(1)
      .replace(/^[-+# 0]*(\[\d+\])?(\d+|\*)?/, "")
      .startsWith(".");
    pick(precisionIndex);
    const precision = hasPrecision ? (size(precisionText) ?? 0) : undefined;
    pick(index);
    if (verb === undefined) return "%!(NOVERB)";
    if (verb === "%") return "%";
    if (next < 0 || next >= values.length) return isReordered ? `%!${verb}(BADINDEX)` : `%!${verb}(MISSING)`;
    const isLeft = flags.includes("-") || (width ?? 0) < 0;
    return padded(formatVerb(values[next++], { verb, flags, precision }), Math.abs(width ?? 0), isLeft, flags);
  });
  if (isReordered || next >= values.length) return text;
  const extra = values
    .slice(next)
    .map((value) => (value == null ? "<nil>" : `${typeName(value)}=${printValue(value)}`));
  return `${text}%!(EXTRA ${extra.join(", ")})`;
}

function padded(text: string, width: number, isLeft: boolean, flags: string): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (isLeft) return text + " ".repeat(missing);
  if (!flags.includes("0") || !/^[+-]?(0x)?[\da-f]/i.test(text)) return " ".repeat(missing) + text;
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  return sign + "0".repeat(missing) + text.slice(sign.length);
}

function formatVerb(value: Value, verb: Verb): string {
  if (verb.verb === "T") return typeName(value);
  if (verb.verb === "v" && (value === null || value === undefined)) return "<nil>";
  if (typeof value === "string") return formatText(value, verb);
  if (typeof value === "number") return formatFloat(value, verb);
  if (typeof value === "bigint") return formatInteger(value, verb);
  if (typeof value === "boolean" && (verb.verb === "t" || verb.verb === "v")) return String(value);
  if (value instanceof GoMap) return `map[${entries(value, verb)}]`;
  if (value instanceof GoStruct) return formatStruct(value, verb);
  if (Array.isArray(value)) return `[${value.map((item: Value) => formatVerb(item, verb)).join(" ")}]`;
  return bad(value, verb);
}

function entries({ entries: all }: GoMap, verb: Verb): string {
  return [...all].map(([key, value]) => `${formatVerb(key, verb)}:${formatVerb(value, verb)}`).join(" ");
}

function formatStruct(value: GoStruct, verb: Verb): string {
  if (value.text !== undefined && (verb.verb === "v" || verb.verb === "s")) return value.text();
  const address = value.type.startsWith("*") ? "&" : "";
  return `${address}{${[...value.fields.values()].map((field) => formatVerb(field, verb)).join(" ")}}`;
}

function formatText(value: string, verb: Verb): string {
  const { precision, flags } = verb;
  const shown = precision === undefined ? value : [...value].slice(0, precision).join("");
  switch (verb.verb) {
    case "v":
      return flags.includes("#") ? JSON.stringify(shown) : shown;
    case "s":
      return shown;
    case "q":
      return flags.includes("#") && !/[`\n]/.test(shown) ? `\`${shown}\`` : JSON.stringify(shown);
    case "x":
      return Buffer.from(value).toString("hex");
    case "X":
      return Buffer.from(value).toString("hex").toUpperCase();
    default:
      return bad(value, verb);
  }
}

function formatFloat(value: number, verb: Verb): string {
  const { precision, flags } = verb;
  const text = floatText(value, verb.verb, precision);
  if (text === undefined) return bad(value, verb);
  // Only infinity has a sign of its own where none is asked for, and loses it with another verb than %v or with a space.
  if (/^[+-]/.test(text)) return text;
  return (flags.includes("+") ? "+" : flags.includes(" ") ? " " : "") + text;
}

function floatText(value: number, verb: string, precision: number | undefined): string | undefined {
  switch (verb) {
    case "v":
    case "g":
      return formatGeneral(value, precision === undefined ? undefined : Math.max(1, precision));
    case "G":
      return floatText(value, "g", precision)?.replace("e", "E");
    case "f":
    case "F":
      return formatFixed(value, precision ?? 6);
    case "e":
      return formatExponential(value, precision ?? 6);
    case "E":
      return formatExponential(value, precision ?? 6).replace("e", "E");
    default:
      return undefined;
  }
}

const bases: Readonly<Record<string, readonly [base: number, prefix: string]>> = {
  d: [10, ""],
  v: [10, ""],
  b: [2, "0b"],
  o: [8, "0"],
  O: [8, ""],
  x: [16, "0x"],
  X: [16, "0X"],
};

function formatInteger(value: bigint, verb: Verb): string {
  const { flags, precision } = verb;
  const code = Number(value);
  const isPoint = code >= 0 && code <= 0x10_ffff;
  if (verb.verb === "c") return isPoint ? String.fromCodePoint(code) : "\ufffd";
  if (verb.verb === "q") return isPoint ? `'${String.fromCodePoint(code)}'` : "'\ufffd'";
  if (verb.verb === "U") return `U+${value.toString(16).toUpperCase().padStart(4, "0")}`;
  const [base, prefix] = bases[verb.verb] ?? [];
  if (base === undefined) return bad(value, verb);
  const digits = (value < 0n ? -value : value).toString(base).padStart(precision ?? 0, "0");
  const sign = value < 0n ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  const shown = verb.verb === "X" ? digits.toUpperCase() : digits;
  return sign + (verb.verb === "O" ? "0o" : flags.includes("#") ? prefix : "") + shown;
}

function bad(value: Value, { verb }: Verb): string {
  if (value === null || value === undefined) return `%!${verb}(<nil>)`;
  return `%!${verb}(${typeName(value)}=${printValue(value)})`;
}
