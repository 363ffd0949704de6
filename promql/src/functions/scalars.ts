import { renamed, scalarOf, seriesOf, type VectorFunction, vectorOf } from "../evaluator/context.js";
import { ABSENT, FLOAT, newStepSeries } from "../evaluator/series.js";
import { LabelSet } from "../labels.js";
import { absentLabels } from "./absent-labels.js";
import { maxOf, minOf } from "./math.js";

const time: VectorFunction = ({ grid }) => ({
  type: "scalar",
  values: Float64Array.from({ length: grid.steps }, (_, i) => grid.timeAt(i) / 1000),
});

const pi: VectorFunction = ({ grid }) => ({ type: "scalar", values: new Float64Array(grid.steps).fill(Math.PI) });

/** scalar(v): the only element, or NaN. */
const scalar: VectorFunction = ({ grid }, _call, args) => {
  const values = new Float64Array(grid.steps).fill(Number.NaN);
  const counts = new Uint32Array(grid.steps);
  for (const series of seriesOf(args[0])) {
    for (let i = 0; i < grid.steps; i++) {
      if (series.present[i] !== FLOAT) continue;
      values[i] = counts[i]! === 0 ? series.values[i]! : Number.NaN;
      counts[i]!++;
    }
  }
  return { type: "scalar", values };
};

const vector: VectorFunction = ({ grid }, _call, args) => {
  const series = newStepSeries(LabelSet.empty, grid.steps, false);
  series.values.set(scalarOf(args[0]));
  series.present.fill(FLOAT);
  return { type: "vector", series: [series] };
};

/** absent(v): 1 where v has no element, labelled by the selector's equality matchers. */
const absent: VectorFunction = ({ grid }, call, args) => {
  const result = newStepSeries(absentLabels(call.args[0]!), grid.steps, false);
  result.values.fill(1);
  result.present.fill(FLOAT);
  for (const { present } of seriesOf(args[0])) {
    for (let i = 0; i < grid.steps; i++) if (present[i] !== ABSENT) result.present[i] = ABSENT;
  }
  return { type: "vector", series: result.present.includes(FLOAT) ? [result] : [] };
};

/** timestamp(v) of anything but a plain selector: the evaluation time. */
const timestamp: VectorFunction = (context, _call, args) => {
  const { grid } = context;
  const results = seriesOf(args[0]).map((series) => {
    const result = newStepSeries(renamed(context, series).labels, grid.steps, true);
    for (let i = 0; i < grid.steps; i++) result.values[i] = grid.timeAt(i) / 1000;
    for (let i = 0; i < grid.steps; i++) result.present[i] = series.present[i] === ABSENT ? ABSENT : FLOAT;
    return result;
  });
  return vectorOf(context, results);
};

function perStep(compute: (a: number, b: number) => number): VectorFunction {
  return (_context, _call, args) => {
    const [a, b] = [scalarOf(args[0]), scalarOf(args[1])];
    return { type: "scalar", values: a.map((value, i) => compute(value, b[i]!)) };
  };
}

export const scalarFunctions: Readonly<Record<string, VectorFunction>> = {
  time,
  pi,
  scalar,
  vector,
  absent,
  timestamp,
  start_timestamp: () => ({ type: "vector", series: [] }),
  max_of: perStep(maxOf),
  min_of: perStep(minOf),
};
