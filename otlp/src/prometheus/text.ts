import type { AttributeValue } from "../model/attributes.js";

/** An attribute value as label text: strings as they are, bytes as base64, lists and maps as JSON, null as "". */
export function valueText(value: AttributeValue): string {
  if (typeof value === "string") return value;
  if (value === null) return "";
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (typeof value === "object") return jsonText(value);
  return String(value);
}

function jsonText(value: AttributeValue): string {
  if (value === null) return "null";
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString("base64"));
  if (Array.isArray(value)) return `[${value.map(jsonText).join(",")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${jsonText(value[key] ?? null)}`);
  return `{${members.join(",")}}`;
}

/** A bucket bound or quantile the way Prometheus labels it: shortest digits, never an exponent. */
export function decimalText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  const text = String(value);
  const [mantissa = "", exponentText] = text.split("e");
  if (exponentText === undefined) return text;
  const exponent = Number(exponentText);
  const sign = mantissa.startsWith("-") ? "-" : "";
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${whole}${fraction}`;
  return `${sign}${whole}${fraction}${"0".repeat(exponent - fraction.length)}`;
}
