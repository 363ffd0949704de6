import type { LoadSummary } from "../model.js";
import { quantile } from "../numbers.js";
import type { Request } from "./requests.js";

export interface FrontQueue {
  /** p95 as the load generator saw it, and as the first service did; all requests. */
  readonly outsideMs: number;
  readonly insideMs: number;
  /** The difference, and its share of the load generator's p95. */
  readonly p95Ms: number;
  readonly shareOfP95: number;
}

/** How long requests wait before the first service's span begins. Null without a load generator or a sample. */
export function frontQueue(load: LoadSummary | null, requests: readonly Request[]): FrontQueue | null {
  const durations = requests.filter((request) => !request.extra).map((request) => request.durationUs);
  if (load === null || durations.length === 0) return null;
  const insideMs = quantile(durations, 0.95) / 1000;
  const p95Ms = Math.max(0, load.p95Ms - insideMs);
  return { outsideMs: load.p95Ms, insideMs, p95Ms, shareOfP95: load.p95Ms > 0 ? p95Ms / load.p95Ms : 0 };
}
