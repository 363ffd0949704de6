import { groupBy } from "../group.js";
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

/**
 * How long requests wait before the first service's span begins, from `sinceMs` on. Compared step by step where the
 * load's course is known (the median over the steps: a hiccup of the machine is not a queue), else over the whole load.
 * Null without a load generator or a sample.
 */
export function frontQueue(load: LoadSummary | null, requests: readonly Request[], sinceMs: number): FrontQueue | null {
  const sample = requests.filter((request) => !request.extra);
  if (load === null || sample.length === 0) return null;
  const steps = stepsOf(load, sample, sinceMs);
  // A cold start that was left out is still in the load's own percentiles.
  if (steps.length < leastSteps && sinceMs > load.startMs) return null;
  const whole = { outsideMs: load.p95Ms, insideMs: p95Ms(sample) };
  const { outsideMs, insideMs } =
    steps.length < leastSteps
      ? whole
      : {
          outsideMs: median(steps.map((step) => step.outsideMs)),
          insideMs: median(steps.map((step) => step.insideMs)),
        };
  const waitMs = Math.max(0, outsideMs - insideMs);
  return { outsideMs, insideMs, p95Ms: waitMs, shareOfP95: outsideMs > 0 ? waitMs / outsideMs : 0 };
}

const leastSteps = 5;

function stepsOf(
  { course = [] }: LoadSummary,
  sample: readonly Request[],
  sinceMs: number,
): Pick<FrontQueue, "outsideMs" | "insideMs">[] {
  const [first, second] = course;
  if (first === undefined || second === undefined) return [];
  const stepMs = second.timeMs - first.timeMs;
  // The load generator counts a request when it ends.
  const byStep = groupBy(sample, ({ tree }) => Math.floor((tree.root.endUs / 1000 - first.timeMs) / stepMs));
  return course.flatMap(({ timeMs, p95Ms: outsideMs }, index) => {
    const inside = byStep.get(index);
    if (outsideMs === null || inside === undefined || timeMs < sinceMs) return [];
    return [{ outsideMs, insideMs: p95Ms(inside) }];
  });
}

function p95Ms(requests: readonly Request[]): number {
  return (
    quantile(
      requests.map((request) => request.durationUs),
      0.95,
    ) / 1000
  );
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
