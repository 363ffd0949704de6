/** The ranges that can be chosen, with their lengths in seconds. */
export const ranges: readonly (readonly [value: string, label: string, seconds: number])[] = [
  ["5m", "last 5 minutes", 300],
  ["15m", "last 15 minutes", 900],
  ["1h", "last hour", 3600],
  ["6h", "last 6 hours", 21_600],
  ["1d", "last day", 86_400],
  ["2d", "last 2 days", 172_800],
  ["7d", "last 7 days", 604_800],
];

/** A stretch of time as the address has it: one that ends now, or one between two fixed times. */
export type TimeRange =
  | { readonly kind: "last"; readonly range: string; readonly seconds: number }
  | { readonly kind: "fixed"; readonly startS: number; readonly endS: number };

/** Reads `range=1h`, or `start=` and `end=` in seconds since 1970, which win. Anything else is `otherwise`. */
export function readTimeRange(query: URLSearchParams, otherwise: string): TimeRange {
  const [startS, endS] = [Number(query.get("start") || Number.NaN), Number(query.get("end") || Number.NaN)];
  if (Number.isFinite(startS) && Number.isFinite(endS) && endS > startS) return { kind: "fixed", startS, endS };
  const known = (wanted: string | null): (typeof ranges)[number] | undefined =>
    ranges.find(([name]) => name === wanted);
  const [range, , seconds] = known(query.get("range")) ?? known(otherwise) ?? ["1h", "", 3600];
  return { kind: "last", range, seconds };
}

/** The part of an address that {@link readTimeRange} reads. */
export function timeRangeQuery(range: TimeRange): Record<"range" | "start" | "end", string> {
  if (range.kind === "last") return { range: range.range, start: "", end: "" };
  return { range: "", start: String(round(range.startS)), end: String(round(range.endS)) };
}

/** First and last second of a range, as of now. */
export function bounds(range: TimeRange, nowS: number = Date.now() / 1000): { startS: number; endS: number } {
  return range.kind === "fixed" ? range : { startS: nowS - range.seconds, endS: nowS };
}

/** The range `share` of its own length later (earlier when negative). It no longer follows the clock. */
export function shifted(range: TimeRange, share: number): TimeRange {
  const { startS, endS } = bounds(range);
  const by = (endS - startS) * share;
  return { kind: "fixed", startS: startS + by, endS: endS + by };
}

/** Twice as long around the same middle, but not into the future. */
export function widened(range: TimeRange): TimeRange {
  const { startS, endS } = bounds(range);
  const half = (endS - startS) / 2;
  return { kind: "fixed", startS: startS - half, endS: Math.min(endS + half, Math.max(endS, Date.now() / 1000)) };
}

const round = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** Seconds between two points of a graph: about 250 points, whole seconds, and never so many that Prometheus refuses. */
export function stepOf({ startS, endS }: { startS: number; endS: number }): number {
  return Math.max(1, Math.ceil((endS - startS) / 250));
}
