import { HttpError } from "./http-error.js";

/**
 * A whole number from text or JSON.
 * @throws HttpError that names the field.
 */
export function wholeNumber(value: unknown, field: string, min: number, max: number): number {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isInteger(number) || number < min || number > max) {
    throw new HttpError(`${field} must be a whole number from ${min} to ${max}`);
  }
  return number;
}

/**
 * A text of 1 to `maxLength` characters, or null when absent.
 * @throws HttpError that names the field.
 */
export function optionalText(value: unknown, field: string, maxLength: number): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== "string" || value.trim() === "" || value.length > maxLength) {
    throw new HttpError(`${field} must be a text of 1 to ${maxLength} characters`);
  }
  return value;
}

/** The largest id that the shop's integer columns hold. */
export const maxId = 2_147_483_647;
