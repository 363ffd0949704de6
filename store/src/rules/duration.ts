/** Milliseconds of Prometheus' units, the longest first, in the order in which a duration may have them. */
export const durationUnitsMs: Readonly<Record<string, number>> = {
  y: 365 * 86_400_000,
  w: 7 * 86_400_000,
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};

const pattern = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Longest duration in milliseconds: Go counts nanoseconds in 64 bits. */
export const maxDurationMs: number = 2 ** 63 / 1e6;

/** A Prometheus duration such as `1h30m`, or `0`, in milliseconds; undefined when it is none. */
export function parseUnits(text: string): number | undefined {
  if (text === "0") return 0;
  const match = text === "" ? null : pattern.exec(text);
  if (match === null) return undefined;
  const units = Object.values(durationUnitsMs);
  const durationMs = units.reduce((sum, unitMs, index) => sum + Number(match[index + 1] ?? 0) * unitMs, 0);
  return durationMs < maxDurationMs ? durationMs : undefined;
}

/** The same for who must have one. @throws {Error} in Prometheus' words */
export function requireUnits(text: string): number {
  const durationMs = parseUnits(text);
  if (durationMs !== undefined) return durationMs;
  if (text === "") throw new Error("empty duration string");
  if (pattern.test(text)) throw new Error("duration out of range");
  const unknown = /^(?:\d+(?:ms|[ywdhms]))*\d+(\D+)/.exec(text)?.[1];
  if (unknown !== undefined && durationUnitsMs[unknown] === undefined) {
    throw new Error(`unknown unit ${JSON.stringify(unknown)} in duration ${JSON.stringify(text)}`);
  }
  throw new Error(`not a valid duration string: ${JSON.stringify(text)}`);
}

/** A duration as Prometheus writes it: `1h30m`. */
export function formatUnits(durationMs: number): string {
  if (durationMs === 0) return "0s";
  let rest = durationMs;
  let text = "";
  for (const [unit, unitMs] of Object.entries(durationUnitsMs)) {
    // Years and weeks are only written when nothing is left: 13 months are 395d.
    if ((unit === "y" || unit === "w") && rest % unitMs !== 0) continue;
    const count = Math.floor(rest / unitMs);
    if (count === 0) continue;
    text += `${count}${unit}`;
    rest -= count * unitMs;
  }
  return text;
}
