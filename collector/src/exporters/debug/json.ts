/** OTLP/JSON in the one form that `protobufToJson` writes: 64-bit integers as texts, enums as numbers. */
export type Json = Readonly<Record<string, unknown>>;

export function list(items: unknown): readonly Json[] {
  return Array.isArray(items) ? (items as Json[]) : [];
}

export function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

export function textOf(value: unknown): string {
  // Text from outside must not look like lines of the exporter's own.
  return value === undefined ? "" : String(value).replaceAll("\n", "\\n").replaceAll("\r", "\\r");
}

/** Attributes as key and text. */
export function attributesOf(item: Json, field = "attributes"): readonly (readonly [string, Json])[] {
  return list(item[field]).map(({ key, value }) => [textOf(key), objectOf(value)]);
}

const TYPE: Readonly<Record<string, string>> = {
  stringValue: "Str",
  boolValue: "Bool",
  intValue: "Int",
  doubleValue: "Double",
  bytesValue: "Bytes",
  arrayValue: "Slice",
  kvlistValue: "Map",
};

/** `Str(GET)`, `Int(200)`. */
export function typedText(any: Json): string {
  const [field] = Object.keys(any);
  return `${TYPE[field ?? ""] ?? "Empty"}(${plainText(any)})`;
}

/** The text of an AnyValue: `GET`, `200`, `{"k":"v"}`. */
export function plainText(any: Json): string {
  const value = plainValue(any);
  if (value === undefined) return "";
  return textOf(typeof value === "object" ? JSON.stringify(value) : value);
}

function plainValue(any: Json): unknown {
  const [[field, value] = []] = Object.entries(any);
  if (field === "arrayValue") return list(objectOf(value).values).map((item) => plainValue(item) ?? null);
  if (field === "kvlistValue") {
    const pairs = list(objectOf(value).values).map(({ key, value: inner }) => [
      key,
      plainValue(objectOf(inner)) ?? null,
    ]);
    // Go writes maps by the order of their keys.
    return Object.fromEntries(pairs.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
  }
  if (field === "intValue" && Number.isSafeInteger(Number(value))) return Number(value);
  return value;
}

const KINDS = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"] as const;
export type MetricKind = (typeof KINDS)[number];

/** The kind of a metric and its points. */
export function dataOf(metric: Json): { kind: MetricKind; data: Json; points: readonly Json[] } | undefined {
  for (const kind of KINDS) {
    if (metric[kind] === undefined) continue;
    const data = objectOf(metric[kind]);
    return { kind, data, points: list(data.dataPoints) };
  }
  return undefined;
}

/** As Go prints a double with `%v`. */
export function shortNumber(value: unknown): string {
  const number = Number(value);
  if (value === "Infinity" || number === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === "-Infinity" || number === Number.NEGATIVE_INFINITY) return "-Inf";
  return String(number);
}

/** As Go prints a double with `%f`: six decimals. */
export function fixedNumber(value: unknown): string {
  const number = Number(value ?? 0);
  if (!Number.isFinite(number)) return shortNumber(value);
  return Math.abs(number) < 1e21 ? number.toFixed(6) : `${BigInt(number)}.000000`;
}

/** As Go prints a time: `2026-01-31 10:20:30.5 +0000 UTC`. */
export function timeText(unixNano: unknown): string {
  const nanos = BigInt(String(unixNano ?? 0));
  const seconds = new Date(Number(nanos / 1_000_000_000n) * 1000).toISOString().slice(0, 19).replace("T", " ");
  const fraction = String(nanos % 1_000_000_000n)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${seconds}${fraction === "" ? "" : `.${fraction}`} +0000 UTC`;
}

/** A heading and a line for each attribute; a heading with an arrow moves them to the right. */
export function attributeLines(heading: string, item: Json, field = "attributes"): string[] {
  const pairs = attributesOf(item, field);
  if (pairs.length === 0) return [];
  const [before, after] = heading.split("->");
  const prefix = after === undefined ? "     ->" : `${before}     ->`;
  return [`${heading}:`, ...pairs.map(([key, value]) => `${prefix} ${key}: ${typedText(value)}`)];
}
