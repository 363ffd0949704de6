import { PromqlError } from "../errors.js";
import type { VectorSelector } from "../parser/ast.js";
import type { EvalContext } from "./context.js";
import type { RawSeries } from "./raw-series.js";
import { FLOAT, newStepSeries, type StepSeries, setSample } from "./series.js";

/** What of the found sample is the result: its value, or one of its times in seconds (of info series: floats only). */
export type SampleField = "value" | "time" | "info-time" | "start-time";

/** Steps that are done in one go. */
const CHUNK = 8192;

/** An instant selector: at each step the latest sample within the lookback window, unless it is a staleness marker. */
export async function lookBack(
  context: EvalContext,
  selector: VectorSelector,
  selected: readonly RawSeries[],
  field: SampleField = "value",
): Promise<StepSeries[]> {
  const { budget, grid } = context;
  const results: StepSeries[] = [];
  for (const raw of selected) {
    budget.reserve(grid.steps);
    const cursor = new Cursor(context, selector, raw, field);
    for (let from = 0; from < grid.steps; from += CHUNK) {
      cursor.advance(from, Math.min(from + CHUNK, grid.steps));
      if (budget.spend(Math.min(CHUNK, grid.steps))) await budget.pause();
    }
    budget.take(cursor.found);
    if (cursor.found > 0) results.push(cursor.result);
    else budget.reserve(-grid.steps);
  }
  return results;
}

/** Walks along a series and the steps at once. */
class Cursor {
  readonly result: StepSeries;
  found = 0;
  readonly #context: EvalContext;
  readonly #raw: RawSeries;
  readonly #field: SampleField;
  readonly #fixedMs: number | undefined;
  readonly #offsetMs: number;
  #index = -1;

  constructor(context: EvalContext, { at, offsetMs }: VectorSelector, raw: RawSeries, field: SampleField) {
    this.result = newStepSeries(raw.labels, context.grid.steps, raw.dropName);
    this.#context = context;
    this.#raw = raw;
    this.#field = field;
    this.#fixedMs = at?.kind === "time" ? at.timeMs : undefined;
    this.#offsetMs = offsetMs;
  }

  advance(from: number, to: number): void {
    const { grid, options } = this.#context;
    const { times, values, histograms } = this.#raw;
    const { values: outValues, present } = this.result;
    const isPlain = histograms === undefined && this.#field === "value";
    const fixedMs = this.#fixedMs;
    const last = times.length - 1;
    let index = this.#index;
    for (let step = from; step < to; step++) {
      const atMs = (fixedMs ?? grid.timeAt(step)) - this.#offsetMs;
      while (index < last && times[index + 1]! <= atMs) index++;
      if (index < 0 || times[index]! <= atMs - options.lookbackDeltaMs || this.#raw.isStale(index)) continue;
      this.found++;
      if (isPlain) {
        outValues[step] = values[index]!;
        present[step] = FLOAT;
      } else this.#set(step, index);
    }
    this.#index = index;
  }

  #set(step: number, index: number): void {
    const { times, values, startTimes, histograms, labels } = this.#raw;
    const histogram = histograms?.[index];
    switch (this.#field) {
      case "value":
        setSample(this.result, step, histogram ?? values[index]!);
        return;
      case "info-time":
        if (histogram !== undefined) {
          const text = `this should be an info metric, with float samples: ${labels.toString()}`;
          throw new PromqlError("execution", text);
        }
        setSample(this.result, step, times[index]! / 1000);
        return;
      case "time":
        setSample(this.result, step, times[index]! / 1000);
        return;
      case "start-time":
        setSample(this.result, step, (startTimes?.[index] ?? 0) / 1000);
    }
  }
}
