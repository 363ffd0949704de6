const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);
const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const LOW = isLittleEndian ? 0 : 1;
const HIGH = 1 - LOW;

const STALE_LOW = 2;
const STALE_HIGH = 0x7ff0_0000;
/** V8 sets this bit of a NaN when it stores it in a plain array of numbers; the payload survives. */
const QUIET = 0x0008_0000;

/** The NaN with which Prometheus marks a series that ended (bits 0x7ff0000000000002). */
export const staleNaN: number = makeStaleNaN();

/**
 * Whether `v` is Prometheus' stale marker and not an ordinary NaN. The marker is also recognised after a plain array
 * has made it quiet (0x7ff8000000000002); `Writer.double` writes it out with its proper bits again.
 */
export function isStaleNaN(v: number): boolean {
  if (!Number.isNaN(v)) return false;
  double[0] = v;
  return halves[LOW] === STALE_LOW && ((halves[HIGH] as number) & ~QUIET) === STALE_HIGH;
}

function makeStaleNaN(): number {
  halves[LOW] = STALE_LOW;
  halves[HIGH] = STALE_HIGH;
  return double[0] as number;
}
