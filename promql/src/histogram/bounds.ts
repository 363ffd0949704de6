import { CUSTOM_BUCKETS, type FloatHistogram } from "./float-histogram.js";

/** 2^(1/2^n) for schemas 1 to 8, rounded as the table in Prometheus is: clients and servers must agree to the last bit. */
const FACTORS = [
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: one bit below the square root of 2, as upstream has it
  1.414213562373095, 1.189207115002721, 1.0905077326652577, 1.0442737824274138, 1.0218971486541166, 1.0108892860517005,
  1.0054299011128027, 1.0027112750502025,
];

/** Per schema 0 to 8, the bounds in [0.5, 1). */
const FRACTIONS: readonly Float64Array[] = makeFractions();

/** Every second bound is one of the schema below; the others are the bound before times the factor. */
function makeFractions(): Float64Array[] {
  const tables = [Float64Array.of(0.5)];
  for (const factor of FACTORS) {
    const coarser = tables.at(-1)!;
    const finer = new Float64Array(2 * coarser.length);
    for (let i = 0; i < coarser.length; i++) {
      finer[2 * i] = coarser[i]!;
      finer[2 * i + 1] = coarser[i]! * factor;
    }
    tables.push(finer);
  }
  return tables;
}

/** The upper bound of exponential bucket `index`; the last one for finite values ends at the largest double. */
export function exponentialBound(index: number, schema: number): number {
  if (schema < 0) {
    const exponent = index * 2 ** -schema;
    return exponent === 1024 ? Number.MAX_VALUE : 2 ** exponent;
  }
  const fraction = FRACTIONS[schema]![index & ((1 << schema) - 1)]!;
  const exponent = (index >> schema) + 1;
  if (fraction === 0.5 && exponent === 1025) return Number.MAX_VALUE;
  // In two steps: 2^exponent alone may overflow or lose bits where the product does not.
  return exponent > 1000 ? fraction * 2 ** 1000 * 2 ** (exponent - 1000) : scaleDown(fraction, exponent);
}

function scaleDown(fraction: number, exponent: number): number {
  return exponent < -1000 ? fraction * 2 ** -1000 * 2 ** (exponent + 1000) : fraction * 2 ** exponent;
}

/** The upper bound of a custom bucket; -Inf below the first, +Inf for the last. */
export function customBound(index: number, customValues: Float64Array): number {
  if (index < 0) return -Infinity;
  return index >= customValues.length ? Infinity : customValues[index]!;
}

const NO_VALUES = new Float64Array(0);

/** The upper bounds of custom buckets; empty for exponential ones. */
export function customValuesOf(h: FloatHistogram): Float64Array {
  return h.customValues ?? NO_VALUES;
}

export function usesCustomBuckets(h: { readonly schema: number }): boolean {
  return h.schema === CUSTOM_BUCKETS;
}

export function boundsMatch(a: Float64Array, b: Float64Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The bounds two ascending lists have in common. */
export function commonBounds(a: Float64Array, b: Float64Array): Float64Array {
  const common: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) common.push(a[i]!);
    if (a[i]! <= b[j]!) i++;
    else if (a[i]! > b[j]!) j++;
  }
  return Float64Array.from(common);
}

/** The index, in a coarser schema, of the bucket that holds bucket `index`. */
export function coarserIndex(index: number, schema: number, target: number): number {
  return ((index - 1) >> (schema - target)) + 1;
}
