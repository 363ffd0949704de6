import { groupBy } from "../group.js";
import type { AnalysisInput } from "../model.js";
import { mean, quantile } from "../numbers.js";
import { materialMs } from "./materiality.js";
import type { Request } from "./requests.js";

/** Compilation, first connections and cold caches are over by then, and a fault that stays shows in what is left. */
const longestMs = 15_000;
const longestPart = 1 / 3;
/** A start that is less than this much slower than the rest, or not noticeably, is left in. */
const slowerBy = 1.5;
/** A start with more load than the rest is slow because of that. */
const busierBy = 1.25;

interface Start {
  readonly timeMs: number;
  readonly durationMs: number;
}

/**
 * When the load's warm-up was over, in Unix milliseconds; null when there was none worth leaving out. By the marginal
 * standard error rule (MSER) that simulation studies cut their initial transient with: of all cuts, the one after which
 * the mean is known best. Logarithms of durations, since those of a cold start are far away.
 */
export function warmUpEnd(requests: readonly Request[], window: AnalysisInput["window"]): number | null {
  const starts = requests
    .filter((request) => !request.extra)
    .map((request) => ({ timeMs: startMsOf(request), durationMs: request.durationUs / 1000 }));
  const lastCutMs = window.startMs + Math.min(longestMs, (window.endMs - window.startMs) * longestPart);
  const seconds = bySecond(starts, window.startMs);
  let best = { atMs: window.startMs, error: marginalError(seconds) };
  for (const [index, { atMs }] of seconds.entries()) {
    if (index === 0 || atMs > lastCutMs) continue;
    const error = marginalError(seconds.slice(index));
    if (error < best.error) best = { atMs, error };
  }
  if (best.atMs === window.startMs) return null;
  return isColdStart(starts, best.atMs, window) ? best.atMs : null;
}

/** Unix milliseconds. */
export function startMsOf({ tree }: Request): number {
  return tree.root.startUs / 1000;
}

function bySecond(starts: readonly Start[], startMs: number): { atMs: number; level: number }[] {
  return [...groupBy(starts, ({ timeMs }) => Math.floor((timeMs - startMs) / 1000))]
    .sort((a, b) => a[0] - b[0])
    .map(([second, some]) => ({
      atMs: startMs + second * 1000,
      level: mean(some.map(({ durationMs }) => Math.log(Math.max(0.01, durationMs)))),
    }));
}

function marginalError(seconds: readonly { level: number }[]): number {
  const levels = seconds.map(({ level }) => level);
  const middle = mean(levels);
  return levels.reduce((total, level) => total + (level - middle) ** 2, 0) / Math.max(1, levels.length) ** 2;
}

/** Slower than the rest, and not because there was more load. */
function isColdStart(starts: readonly Start[], cutMs: number, { startMs, endMs }: AnalysisInput["window"]): boolean {
  const before = starts.filter(({ timeMs }) => timeMs < cutMs);
  const after = starts.filter(({ timeMs }) => timeMs >= cutMs);
  if (before.length === 0 || after.length === 0) return false;
  const p90 = (some: readonly Start[]): number =>
    quantile(
      some.map(({ durationMs }) => durationMs),
      0.9,
    );
  const slower = p90(before) > slowerBy * p90(after) && p90(before) - p90(after) > materialMs;
  const busier = before.length / (cutMs - startMs) > (busierBy * after.length) / (endMs - cutMs);
  return slower && !busier;
}

/** The input's window and series without what was before. */
export function startingAt(input: AnalysisInput, startMs: number): AnalysisInput {
  const series = Object.entries(input.series).map(([name, list]) => [
    name,
    list.map(({ labels, points }) => ({ labels, points: points.filter(([timeMs]) => timeMs >= startMs) })),
  ]);
  return { ...input, window: { startMs, endMs: input.window.endMs }, series: Object.fromEntries(series) };
}
