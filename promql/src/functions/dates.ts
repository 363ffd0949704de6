import type { VectorFunction } from "../evaluator/context.js";
import { newStepSeries } from "../evaluator/series.js";
import { LabelSet } from "../labels.js";
import { perValue } from "./math.js";

/** A UTC date and time; months from 1, Sunday is day 0 of the week. */
interface CivilTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly dayOfYear: number;
  readonly dayOfWeek: number;
  readonly hour: number;
  readonly minute: number;
}

const DAYS_PER_400_YEARS = 146_097;
/** Upstream counts from here, in unsigned 64-bit seconds that wrap around; the year is 1 modulo 400. */
const FIRST_YEAR = -292_277_022_399;
const SECONDS_TO_1970 = 9_223_372_028_715_321_600n;
const MIN_INT64 = -(2n ** 63n);

/** The date of seconds since 1970. What no 64-bit integer holds, NaN too, is the smallest one, as upstream has it. */
export function civilTime(seconds: number): CivilTime {
  const whole = seconds >= -(2 ** 63) && seconds < 2 ** 63 ? BigInt(Math.trunc(seconds)) : MIN_INT64;
  const absolute = BigInt.asUintN(64, whole + SECONDS_TO_1970);
  const days = Number(absolute / 86_400n);
  const rest = Number(absolute % 86_400n);
  const cycles = Math.floor(days / DAYS_PER_400_YEARS);
  let day = days % DAYS_PER_400_YEARS;
  const centuries = Math.min(3, Math.floor(day / 36_524));
  day -= centuries * 36_524;
  const olympiads = Math.floor(day / 1_461);
  day -= olympiads * 1_461;
  const years = Math.min(3, Math.floor(day / 365));
  day -= years * 365;
  const year = FIRST_YEAR + 400 * cycles + 100 * centuries + 4 * olympiads + years;
  const dayOfYear = day + 1;
  let month = 1;
  while (day >= daysInMonth(year, month)) day -= daysInMonth(year, month++);
  const [hour, minute] = [Math.floor(rest / 3600), Math.floor((rest % 3600) / 60)];
  return { year, month, day: day + 1, dayOfYear, dayOfWeek: (days + 1) % 7, hour, minute };
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

const PARTS: Readonly<Record<string, (time: CivilTime) => number>> = {
  days_in_month: ({ year, month }) => daysInMonth(year, month),
  day_of_month: ({ day }) => day,
  day_of_week: ({ dayOfWeek }) => dayOfWeek,
  day_of_year: ({ dayOfYear }) => dayOfYear,
  hour: ({ hour }) => hour,
  minute: ({ minute }) => minute,
  month: ({ month }) => month,
  year: ({ year }) => year,
};

/** hour(), month(v), …: of the given seconds since 1970, or of the evaluation time. */
function dateFunction(part: (time: CivilTime) => number): VectorFunction {
  const ofSeconds = (seconds: number): number => part(civilTime(seconds));
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
