import type { Annotations } from "../annotations.js";
import type { PositionRange } from "../errors.js";
import type { HistogramWindow } from "../evaluator/window.js";
import { combine, multiply } from "../histogram/arithmetic.js";
import type { FloatHistogram } from "../histogram/float-histogram.js";
import { isCounterReset } from "../histogram/reset.js";

/** Where something is said about the histograms of a series. */
export interface Place {
  readonly annotations: Annotations;
  readonly metricName: string;
  readonly position: PositionRange;
}

export function placeOf({ floats, metricName }: HistogramWindow): Place {
  return { annotations: floats.annotations, metricName, position: floats.firstArgumentPosition };
}

export function mixedSchemas({ annotations, metricName, position }: Place): undefined {
  annotations.mixedExponentialCustom(metricName, position);
}

export function reconciled({ annotations, position }: Place, operation: "addition" | "subtraction"): void {
  annotations.reconciledBounds(operation, position);
}

function combined(left: FloatHistogram, right: FloatHistogram, sign: 1 | -1, place: Place): FloatHistogram | undefined {
  const { value, outcome } = combine(left, right, sign);
  if (outcome.hasReconciledBounds) reconciled(place, sign === 1 ? "addition" : "subtraction");
  return value ?? mixedSchemas(place);
}

/** Left + right; undefined, with a warning, where their schemas do not mix. */
export function plus(left: FloatHistogram, right: FloatHistogram, place: Place): FloatHistogram | undefined {
  return combined(left, right, 1, place);
}

/** Left - right; undefined, with a warning, where their schemas do not mix. */
export function minus(left: FloatHistogram, right: FloatHistogram, place: Place): FloatHistogram | undefined {
  return combined(left, right, -1, place);
}

/** The histogram on the line between two; a counter that was reset in between counts from nothing. */
export function interpolateHistograms(
  before: FloatHistogram,
  after: FloatHistogram,
  share: number,
  isCounter: boolean,
  place: Place,
): FloatHistogram | undefined {
  if (isCounter && isCounterReset(after, before)) return multiply(after, share);
  const change = minus(after, before, place);
  return change === undefined ? undefined : plus(multiply(change, share), before, place);
}
