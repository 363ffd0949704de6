import type { EditValue } from "@venturi/otlp";
import { OttlError } from "../values.js";

/** JSON as telemetry: every number is a double. @throws OttlError */
export function parseJson(text: string): EditValue {
  try {
    return toValue(JSON.parse(text));
  } catch (error) {
    throw new OttlError(`cannot parse as JSON: ${(error as Error).message}`, { cause: error });
  }
}

function toValue(value: unknown): EditValue {
  if (Array.isArray(value)) return value.map(toValue);
  if (typeof value !== "object" || value === null) return value as string | number | boolean | null;
  const map = new Map<string, EditValue>();
  for (const [key, item] of Object.entries(value)) map.set(key, toValue(item));
  return map;
}
