/** Prometheus durations: `1h30m`, `15s`, `250ms`; units from large to small, each at most once. */
const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const UNITS_MS = [31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1000, 1] as const;
const UNIT_NAMES = ["y", "w", "d", "h", "m", "s", "ms"] as const;
/** Go's time.Duration counts nanoseconds in an int64. */
export const MAX_DURATION_MS: number = 2 ** 63 / 1e6;

/** Milliseconds; throws an Error with upstream's text for anything else than a duration. */
export function parseDurationMs(text: string): number {
  if (text === "0") return 0;
  if (text === "") throw new Error("empty duration string");
  const match = DURATION.exec(text);
  if (match === null) throw new Error(badDuration(text));
  let total = 0;
  for (let i = 0; i < UNITS_MS.length; i++) {
    const count = match[i + 1];
    if (count !== undefined) total += Number(count) * UNITS_MS[i]!;
  }
  if (total > MAX_DURATION_MS) throw new Error("duration out of range");
  return total;
}

/** `1h30m` from milliseconds; years and weeks only where nothing is left over, as 90d reads better than 12w6d. */
export function formatDurationMs(durationMs: number): string {
  let rest = Math.trunc(durationMs);
  if (rest === 0) return "0s";
  let text = "";
  for (let i = 0; i < UNITS_MS.length; i++) {
    const unit = UNITS_MS[i]!;
    const exactOnly = i < 2;
    if (exactOnly && rest % unit !== 0) continue;
    const count = Math.floor(rest / unit);
    if (count > 0) {
      text += `${count}${UNIT_NAMES[i]!}`;
      rest -= count * unit;
    }
  }
  return text;
}

function badDuration(text: string): string {
  const unknown = [...text.matchAll(/\d+([^\d]+)/g)].find(
    (part) => !(UNIT_NAMES as readonly string[]).includes(part[1]!),
  );
  if (unknown === undefined) return `not a valid duration string: ${JSON.stringify(text)}`;
  return `unknown unit ${JSON.stringify(unknown[1])} in duration ${JSON.stringify(text)}`;
}
