import {
  type PromptVectorFunction,
  renamed,
  scalarOf,
  seriesOf,
  type VectorFunction,
  vectorOf,
} from "../evaluator/context.js";
import { ABSENT, floatsOf, type StepSeries } from "../evaluator/series.js";

/** A function of one value; the result's metric name is dropped. */
export function perValue(compute: (value: number) => number): VectorFunction {
  return (context, _call, args) => {
    const results = floatsOf(seriesOf(args[0])).map((series): StepSeries => {
      const values = new Float64Array(series.values.length);
      for (let i = 0; i < values.length; i++) values[i] = compute(series.values[i]!);
      return { ...renamed(context, series), values, present: series.present };
    });
    return vectorOf(context, results);
  };
}

/** A function of one value and up to two scalars of the same step. */
function perValueAndScalars(
  defaults: readonly number[],
  compute: (value: number, first: number, second: number) => number,
): PromptVectorFunction {
  return (context, _call, args) => {
    const { steps } = context.grid;
    const [first, second] = defaults.map((fallback, i) => {
      const given = args[i + 1];
      return given === undefined ? new Float64Array(steps).fill(fallback) : scalarOf(given);
    });
    const results = floatsOf(seriesOf(args[0])).map((series): StepSeries => {
      const values = new Float64Array(steps);
      for (let i = 0; i < steps; i++) values[i] = compute(series.values[i]!, first![i]!, second?.[i] ?? 0);
      return { ...renamed(context, series), values, present: series.present };
    });
    return vectorOf(context, results);
  };
}

/** Go's math.Max: an infinity beats NaN. */
export function maxOf(a: number, b: number): number {
  return a === Infinity || b === Infinity ? Infinity : Math.max(a, b);
}

/** Go's math.Min: an infinity beats NaN. */
export function minOf(a: number, b: number): number {
  return a === -Infinity || b === -Infinity ? -Infinity : Math.min(a, b);
}

function roundTo(value: number, nearest: number): number {
  // Multiplying by the inverse is more exact for 0.1 and the like. Ties round up.
  const inverse = 1 / nearest;
  return Math.floor(value * inverse + 0.5) / inverse;
}

const clampMinMax = perValueAndScalars([0, 0], (value, least, most) => maxOf(least, minOf(most, value)));

/** clamp(v, min, max): nothing at steps where max < min. */
const clamp: VectorFunction = (context, call, args) => {
  const least = scalarOf(args[1]);
  const most = scalarOf(args[2]);
  const results = seriesOf(clampMinMax(context, call, args)).map((series): StepSeries => {
    if (!most.some((limit, i) => limit < least[i]!)) return series;
    const present = series.present.slice();
    for (let i = 0; i < present.length; i++) if (most[i]! < least[i]!) present[i] = ABSENT;
    return { ...series, present };
  });
  return { type: "vector", series: results };
};

const PER_VALUE: Readonly<Record<string, (value: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: Math.exp,
  sqrt: Math.sqrt,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  rad: (value) => (value * Math.PI) / 180,
  deg: (value) => (value * 180) / Math.PI,
  sgn: (value) => (value < 0 ? -1 : value > 0 ? 1 : value),
};

export const mathFunctions: Readonly<Record<string, VectorFunction>> = {
  ...Object.fromEntries(Object.entries(PER_VALUE).map(([name, compute]) => [name, perValue(compute)])),
  clamp,
  clamp_min: perValueAndScalars([0], (value, least) => maxOf(least, value)),
  clamp_max: perValueAndScalars([0], (value, most) => minOf(most, value)),
  round: perValueAndScalars([1], roundTo),
};
