import { PromqlError } from "../errors.js";
import type { VectorSelector } from "../parser/ast.js";
import type { EvalContext } from "./context.js";
import type { RawSeries } from "./raw-series.js";
import { FLOAT, newStepSeries, type StepSeries, setSample } from "./series.js";

/** What of the found sample is the result: its value, or one of its times in seconds (of info series: floats only). */
export type SampleField = "value" | "time" | "info-time" | "start-time";

/** An instant selector: at each step the latest sample within the lookback window, unless it is a staleness marker. */
export async function lookBack(
  context: EvalContext,
  selector: VectorSelector,
  selected: readonly RawSeries[],
  field: SampleField = "value",
): Promise<StepSeries[]> {
  const { budget } = context;
  const results: StepSeries[] = [];
  for (const raw of selected) {
    if (budget.isSliceOver) await budget.pause();
    const result = lookBackSeries(context, selector, raw, field);
    if (result !== undefined) results.push(result);
  }
  return results;
}

function lookBackSeries(
  context: EvalContext,
  selector: VectorSelector,
  raw: RawSeries,
  field: SampleField,
): StepSeries | undefined {
  const { grid, options } = context;
  const { at, offsetMs } = selector;
  const { times, values, startTimes, histograms } = raw;
  const result = newStepSeries(raw.labels, grid.steps, raw.dropName);
  const { values: outValues, present } = result;
  const fixedMs = at?.kind === "time" ? at.timeMs : undefined;
  const last = times.length - 1;
  let index = -1;
  let found = false;
  for (let step = 0; step < outValues.length; step++) {
    const atMs = (fixedMs ?? grid.timeAt(step)) - offsetMs;
    while (index < last && times[index + 1]! <= atMs) index++;
    if (index < 0 || times[index]! <= atMs - options.lookbackDeltaMs || raw.isStale(index)) continue;
    found = true;
    const histogram = histograms?.[index];
    if (field === "value" && histogram !== undefined) {
      setSample(result, step, histogram);
      continue;
    }
    if (field === "info-time" && histogram !== undefined) {
      const text = `this should be an info metric, with float samples: ${raw.labels.toString()}`;
      throw new PromqlError("execution", text);
    }
    if (field === "value") outValues[step] = values[index]!;
    else outValues[step] = (field !== "start-time" ? times[index]! : (startTimes?.[index] ?? 0)) / 1000;
    present[step] = FLOAT;
  }
  return found ? result : undefined;
}
