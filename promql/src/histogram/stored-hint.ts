import { isStaleNaN } from "../stale.js";
import { boundsMatch, customValuesOf } from "./bounds.js";
import {
  COUNTER_RESET,
  type CounterResetHint,
  type FloatHistogram,
  GAUGE,
  NO_RESET,
  UNKNOWN_RESET,
} from "./float-histogram.js";
import { isCounterReset } from "./reset.js";

/**
 * The hint that Prometheus' storage answers with for a sample: "no reset" where it could be appended to the chunk of
 * the sample before, unknown where it had to begin a chunk, whatever the sample itself said.
 */
export function storedHint(histogram: FloatHistogram, previous: FloatHistogram | undefined): CounterResetHint {
  if (histogram.counterResetHint === GAUGE) return GAUGE;
  if (previous === undefined || previous.counterResetHint === GAUGE || isStaleNaN(previous.sum)) return UNKNOWN_RESET;
  if (histogram.counterResetHint === COUNTER_RESET) return UNKNOWN_RESET;
  const isSameChunk =
    histogram.schema === previous.schema &&
    histogram.zeroThreshold === previous.zeroThreshold &&
    boundsMatch(customValuesOf(histogram), customValuesOf(previous)) &&
    !isCounterReset({ ...histogram, counterResetHint: UNKNOWN_RESET }, previous);
  return isSameChunk ? NO_RESET : UNKNOWN_RESET;
}

/** The histograms of a series in the order of time, with the hints that Prometheus' storage answers with. */
export function withStoredHints(
  histograms: readonly (FloatHistogram | undefined)[],
): readonly (FloatHistogram | undefined)[] {
  return histograms.map((histogram, i) => {
    if (histogram === undefined) return undefined;
    return { ...histogram, counterResetHint: storedHint(histogram, histograms[i - 1]) };
  });
}
