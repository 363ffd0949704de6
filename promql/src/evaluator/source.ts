import type { FloatHistogram } from "../histogram/float-histogram.js";
import type { Labels } from "../labels.js";
import type { Matcher } from "../matcher.js";

/** A stored series. Times ascend; values may hold staleness markers (bits 0x7ff0000000000002). */
export interface SampleSeries {
  readonly labels: Labels;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  /**
   * Native histograms, parallel to `timestampsMs`; where one is set, `values[i]` is ignored. Left out for series of
   * floats only. A stale one has the staleness marker as its `sum`.
   */
  readonly histograms?: readonly (FloatHistogram | undefined)[];
  /** When each sample's counter began, in milliseconds; 0 where unknown. Used only when the engine is told to. */
  readonly startTimestampsMs?: Float64Array;
}

/**
 * Where an engine reads. All series that every matcher matches (an absent label is ""), with their samples between
 * the two times, both included. The engine does not change the arrays, and keeps them only while it answers.
 */
export interface SeriesSource {
  select(matchers: readonly Matcher[], startMs: number, endMs: number): Promise<SampleSeries[]>;
}
