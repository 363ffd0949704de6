import type { VectorFunction } from "../evaluator/context.js";
import { newStepSeries } from "../evaluator/series.js";
import { LabelSet } from "../labels.js";
import { perValue } from "./math.js";

const DAY_MS = 86_400_000;

/** Parts of a UTC date. */
const PARTS: Readonly<Record<string, (date: Date) => number>> = {
  days_in_month: (date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate(),
  day_of_month: (date) => date.getUTCDate(),
  day_of_week: (date) => date.getUTCDay(),
  day_of_year: (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS) + 1,
  hour: (date) => date.getUTCHours(),
  minute: (date) => date.getUTCMinutes(),
  month: (date) => date.getUTCMonth() + 1,
  year: (date) => date.getUTCFullYear(),
};

/** hour(), month(v), …: of the given seconds since 1970, or of the evaluation time. */
function dateFunction(part: (date: Date) => number): VectorFunction {
  const ofSeconds = (seconds: number): number => part(new Date(Math.trunc(seconds) * 1000));
  const ofVector = perValue(ofSeconds);
  return (context, call, args) => {
    if (args.length > 0) return ofVector(context, call, args);
    const { grid } = context;
    const series = newStepSeries(LabelSet.empty, grid.steps, false);
    for (let i = 0; i < grid.steps; i++) series.values[i] = ofSeconds(Math.trunc(grid.timeAt(i) / 1000));
    series.present.fill(1);
    return { type: "vector", series: [series] };
  };
}

export const dateFunctions: Readonly<Record<string, VectorFunction>> = Object.fromEntries(
  Object.entries(PARTS).map(([name, part]) => [name, dateFunction(part)]),
);
