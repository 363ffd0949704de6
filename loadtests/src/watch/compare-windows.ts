import type { TimeWindow } from "../backends/jaeger.js";
import { compareSamples } from "../compare/compare-samples.js";
import type { Comparison } from "../compare/comparison.js";
import { type Backends, type Look, look } from "./look.js";
import { traceSamples } from "./trace-samples.js";

export interface BeforeAfter {
  readonly comparison: Comparison;
  readonly before: Look;
  readonly after: Look;
}

/**
 * What a moment (a deploy, an alert) changed: the requests before and after it, from traces, and what limits them now.
 * @throws LoadTestError when either side has too few traces
 */
export async function compareWindows(
  backends: Backends,
  before: TimeWindow,
  after: TimeWindow,
  minChange?: number,
): Promise<BeforeAfter> {
  const first = await look(backends, before);
  const second = await look({ ...backends, rootService: backends.rootService ?? first.rootService }, after);
  const side = ({ window, traces, rootService }: Look) => ({
    label: `${clock(window.startMs)} to ${clock(window.endMs)}`,
    runs: [traceSamples(traces, rootService)],
  });
  const comparison = compareSamples(side(first), side(second), minChange === undefined ? {} : { minChange });
  return { comparison, before: first, after: second };
}

function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}
