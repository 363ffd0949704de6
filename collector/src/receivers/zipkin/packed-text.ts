import type { TagValue } from "./attributes.js";

/** What OTLP keeps in a text of zipkin: `…|{"attribute":"value"}|dropped attributes`. */
export interface PackedText {
  /** The parts in front of the attributes. */
  readonly head: readonly string[];
  readonly attributes: readonly (readonly [string, TagValue])[];
  readonly droppedAttributes: number;
}

/**
 * Takes apart what a zipkin exporter of OpenTelemetry packed into one text, with `headParts` parts in front; undefined
 * when the text is not of that form, as a text that merely contains bars.
 */
export function unpackText(text: string, headParts: number): PackedText | undefined {
  const parts = text.split("|");
  if (parts.length < headParts + 2) return undefined;
  const dropped = parts[parts.length - 1] as string;
  if (!/^\d{1,10}$/.test(dropped) || Number(dropped) > 0xffff_ffff) return undefined;
  const attributes = parseAttributes(parts.slice(headParts, -1).join("|"));
  if (attributes === undefined) return undefined;
  return { head: parts.slice(0, headParts), attributes, droppedAttributes: Number(dropped) };
}

function parseAttributes(json: string): PackedText["attributes"] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (value === null) return [];
  if (typeof value !== "object" || Array.isArray(value)) return undefined;
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]): [string, TagValue][] => {
    if (typeof inner === "string" || typeof inner === "boolean") return [[key, inner]];
    if (typeof inner !== "number") return [];
    return [[key, Number.isSafeInteger(inner) ? BigInt(inner) : inner]];
  });
}
