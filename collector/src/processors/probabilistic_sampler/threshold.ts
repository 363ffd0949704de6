/**
 * A number of 56 bits, as OpenTelemetry's consistent sampling (OTEP 235) compares: an item is sampled when its threshold
 * is not above its randomness. Two parts, since a double has 53 bits: `high` of 24 (2^24 in the threshold that nothing
 * reaches) and `low` of 32.
 */
export interface Pair {
  high: number;
  low: number;
}

const TWO_56 = 2n ** 56n;
const DIGITS = 14;

export const ALWAYS: Readonly<Pair> = { high: 0, low: 0 };
export const NEVER: Readonly<Pair> = { high: 2 ** 24, low: 0 };
export const MOST_RANDOM: Readonly<Pair> = { high: 2 ** 24 - 1, low: 2 ** 32 - 1 };
export const LEAST_PROBABILITY: number = 2 ** -56;

export function isAbove(a: Readonly<Pair>, b: Readonly<Pair>): boolean {
  return a.high > b.high || (a.high === b.high && a.low > b.low);
}

/** 14 digits. */
export function randomnessText({ high, low }: Readonly<Pair>): string {
  return high.toString(16).padStart(6, "0") + low.toString(16).padStart(8, "0");
}

/** Without the zeros at its end; a threshold of 0 is "0", and one that nothing reaches is empty. */
export function thresholdText(threshold: Readonly<Pair>): string {
  if (threshold.high === NEVER.high) return "";
  return randomnessText(threshold).replace(/0+$/, "") || "0";
}

/** Exactly 14 digits. */
export function parseRandomness(text: string): Pair | undefined {
  return text.length === DIGITS ? parseThreshold(text) : undefined;
}

/** 1 to 14 digits; zeros at the end may be left out. */
export function parseThreshold(text: string): Pair | undefined {
  if (!/^[0-9a-fA-F]{1,14}$/.test(text)) return undefined;
  const digits = text.padEnd(DIGITS, "0");
  return { high: Number.parseInt(digits.slice(0, 6), 16), low: Number.parseInt(digits.slice(6), 16) };
}

/** The share of all randomness that is not below the threshold. */
export function probabilityOf({ high, low }: Readonly<Pair>): number {
  return Number(TWO_56 - ((BigInt(high) << 32n) | BigInt(low))) / 2 ** 56;
}

/**
 * The threshold of a probability in `precision` hexadecimal digits, and more where it begins with digits that say nothing
 * (0 or f). Undefined for a probability that no threshold has.
 */
export function thresholdOf(probability: number, precision: number): Readonly<Pair> | undefined {
  if (!(probability >= LEAST_PROBABILITY && probability <= 1)) return undefined;
  if (probability === 1) return ALWAYS;
  const extra = Math.max(leadingDigits(probability), leadingDigits(1 - probability));
  const digits = Math.min(DIGITS, precision + extra);
  let threshold = TWO_56 - BigInt(Math.round(probability * 2 ** 56));
  const shift = BigInt(4 * (DIGITS - digits));
  if (shift > 0n) threshold = ((threshold + (1n << (shift - 1n))) >> shift) << shift;
  return { high: Number(threshold >> 32n), low: Number(threshold & 0xffff_ffffn) };
}

/** How many hexadecimal digits behind the point are 0. */
function leadingDigits(fraction: number): number {
  return Math.max(0, Math.trunc(-binaryExponent(fraction) / 4));
}

/** The exponent of a number whose mantissa is in [0.5, 1). */
function binaryExponent(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return ((view.getUint16(0) >>> 4) & 0x7ff) - 1022;
}
