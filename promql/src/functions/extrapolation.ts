import type { Window } from "../evaluator/window.js";

/**
 * How much larger the change within a range is than the change between its first and last sample: the change is
 * extrapolated to the borders of the range, but by half an interval only where the series seems to begin or end.
 * @param startMs when the counter began, where that lies within the range: it was 0 then, nothing needs to be guessed
 * @param toZero the first value as a share of the change, of a counter: the extrapolation does not go below zero
 */
export function extrapolationFactor(
  { rangeStartMs, rangeEndMs }: Window,
  times: Float64Array,
  first: number,
  last: number,
  startMs: number | undefined,
  toZero: number | undefined,
): number {
  const firstMs = times[first]!;
  const lastMs = times[last]!;
  const intervals = last - first;
  let sampledSeconds = (lastMs - firstMs) / 1000;
  let toStart = (firstMs - rangeStartMs) / 1000;
  let toEnd = (rangeEndMs - lastMs) / 1000;
  const average = intervals > 0 ? sampledSeconds / intervals : 0;
  const threshold = average * 1.1;
  if (startMs !== undefined) {
    toStart = 0;
    sampledSeconds = (lastMs - startMs) / 1000;
  } else {
    if (toStart >= threshold) toStart = average / 2;
    if (toZero !== undefined && sampledSeconds * toZero < toStart) toStart = sampledSeconds * toZero;
  }
  if (toEnd >= threshold) toEnd = average / 2;
  return sampledSeconds === 0 ? 1 : (sampledSeconds + toStart + toEnd) / sampledSeconds;
}
