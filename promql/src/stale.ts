/**
 * Staleness markers are one specific NaN. JavaScript can't tell NaNs apart, so the bits are compared through a view
 * on the same buffer; the value itself must only travel through Float64Array, where its payload survives.
 */
const STALE_HIGH = 0x7ff00000;
const STALE_LOW = 0x00000002;

const scratch = new Float64Array(1);
const scratchBits = new Uint32Array(scratch.buffer);
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const LOW = littleEndian ? 0 : 1;
const HIGH = littleEndian ? 1 : 0;
/** An ALU can set the quiet bit of a NaN that passes through it: with and without it is the same marker. */
const QUIET_BIT = 0x00080000;

/** The staleness marker (bits 0x7ff0000000000002). */
export const staleNaN: number = makeStaleNaN();

function makeStaleNaN(): number {
  scratchBits[LOW] = STALE_LOW;
  scratchBits[HIGH] = STALE_HIGH;
  return scratch[0]!;
}

/** Whether a value is the staleness marker and not just any NaN. */
export function isStaleNaN(value: number): boolean {
  // A float compare settles nearly every call; only NaNs pay for the look at the bits.
  // biome-ignore lint/suspicious/noSelfCompare: the cheapest NaN test there is, in the hottest loop there is
  if (value === value) return false;
  scratch[0] = value;
  return scratchBits[LOW] === STALE_LOW && (scratchBits[HIGH]! & ~QUIET_BIT) >>> 0 === STALE_HIGH;
}
