import { lineAndColumn, type PositionRange } from "./errors.js";
import { formatGeneral, formatTwoDigits } from "./numbers.js";

interface Annotation {
  readonly level: "warning" | "info";
  readonly text: string;
  readonly position: PositionRange;
  /** Completes the text once all occurrences are known. */
  readonly details?: () => string;
}

interface ForcedMonotonicity {
  fromMs: number;
  toMs: number;
  lowestBucket: number;
  highestBucket: number;
  maxDiff: number;
  samples: number;
}

/** What two histograms went through when something about them did not fit. */
export type HistogramOperation = "addition" | "subtraction" | "aggregation";

const DOC = "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile";

/** Warnings and infos of one query, in upstream's words, each text once. */
export class Annotations {
  readonly #byText = new Map<string, Annotation>();
  readonly #forced = new Map<string, ForcedMonotonicity>();
  readonly #overlaps = new Map<string, number>();

  #warn(text: string, position: PositionRange): void {
    this.#byText.set(text, { level: "warning", text: `PromQL warning: ${text}`, position });
  }

  #info(text: string, position: PositionRange): void {
    this.#byText.set(text, { level: "info", text: `PromQL info: ${text}`, position });
  }

  invalidQuantile(q: number, position: PositionRange): void {
    this.#warn(`quantile value should be between 0 and 1, got ${formatGeneral(q)}`, position);
  }

  invalidRatio(ratio: number, cap: number, position: PositionRange): void {
    const text = `ratio value should be between -1 and 1, got ${formatGeneral(ratio)}, capping to ${cap}`;
    this.#warn(text, position);
  }

  badBucketLabel(metricName: string, value: string, position: PositionRange): void {
    const text = `bucket label "le" is missing or has a malformed value of ${JSON.stringify(value)}`;
    this.#warn(text + forMetric(metricName), position);
  }

  sortInRangeQuery(position: PositionRange): void {
    this.#warn("sort is ineffective for range queries since results are always ordered by labels", position);
  }

  possibleNonCounter(metricName: string, position: PositionRange): void {
    const text = "metric might not be a counter, name does not end in _total/_sum/_count/_bucket:";
    this.#info(`${text} ${JSON.stringify(metricName)}`, position);
  }

  possibleNonCounterType(metricName: string, type: string, position: PositionRange): void {
    const text = 'metric might not be a counter, __type__ label is not set to "counter" or "histogram"';
    this.#info(`${text}, got ${JSON.stringify(type)}: ${JSON.stringify(metricName)}`, position);
  }

  mixedFloatsHistograms(metricName: string, position: PositionRange): void {
    this.#warn(`encountered a mix of histograms and floats for metric name ${JSON.stringify(metricName)}`, position);
  }

  mixedFloatsHistogramsInAggregation(position: PositionRange): void {
    this.#warn("encountered a mix of histograms and floats for aggregation", position);
  }

  mixedClassicNative(metricName: string, position: PositionRange): void {
    this.#warn(`vector contains a mix of classic and native histograms${forMetric(metricName)}`, position);
  }

  nativeNotCounter(metricName: string, position: PositionRange): void {
    this.#warn(`this native histogram metric is not a counter: ${JSON.stringify(metricName)}`, position);
  }

  nativeNotGauge(metricName: string, position: PositionRange): void {
    this.#warn(`this native histogram metric is not a gauge: ${JSON.stringify(metricName)}`, position);
  }

  mixedExponentialCustom(metricName: string, position: PositionRange): void {
    const text = "vector contains a mix of histograms with exponential and custom buckets schemas for metric name";
    this.#warn(`${text} ${JSON.stringify(metricName)}`, position);
  }

  incompatibleLayout(op: string, position: PositionRange): void {
    this.#warn(`incompatible bucket layout encountered for binary operator ${op}`, position);
  }

  resetCollision(operation: HistogramOperation, position: PositionRange): void {
    this.#warn(`conflicting counter resets during histogram ${operation}`, position);
  }

  reconciledBounds(operation: HistogramOperation, position: PositionRange): void {
    this.#info(`mismatched custom buckets were reconciled during ${operation}`, position);
  }

  incompatibleTypes(left: string, op: string, right: string, position: PositionRange): void {
    const text = `incompatible sample types encountered for binary operator "${op}": ${left} ${op} ${right}`;
    this.#info(text, position);
  }

  ignoredHistogramInAggregation(aggregation: string, position: PositionRange): void {
    this.#info(`ignored histogram in ${aggregation} aggregation`, position);
  }

  ignoredHistogramsInRange(metricName: string, position: PositionRange): void {
    const text = "ignored histograms in a range containing both floats and histograms for metric name";
    this.#info(`${text} ${JSON.stringify(metricName)}`, position);
  }

  quantileOfNaN(effect: "result" | "skew", metricName: string, position: PositionRange): void {
    const consequence = effect === "result" ? "result is NaN" : "result is skewed higher";
    const text = `input to histogram_quantile has NaN observations, ${consequence}`;
    this.#info(text + forMetric(metricName), position);
  }

  fractionOfNaN(metricName: string, position: PositionRange): void {
    const text = "input to histogram_fraction has NaN observations, which are excluded from all fractions";
    this.#info(text + forMetric(metricName), position);
  }

  startTimeOverlap(metricName: string, position: PositionRange): void {
    const key = `sample has start time that overlaps with previous sample timestamp for metric ${JSON.stringify(metricName)}`;
    const count = (this.#overlaps.get(key) ?? 0) + 1;
    this.#overlaps.set(key, count);
    const details = count > 1 ? () => ` (${count} occurrences)` : undefined;
    const annotation = { level: "warning" as const, text: `PromQL warning: ${key}`, position };
    this.#byText.set(key, details === undefined ? annotation : { ...annotation, details });
  }

  forcedMonotonicity(
    metricName: string,
    position: PositionRange,
    found: { timeMs: number; lowestBucket: number; highestBucket: number; maxDiff: number },
  ): void {
    const text = `input to histogram_quantile needed to be fixed for monotonicity (see ${DOC})${forMetric(metricName)}`;
    const { timeMs, lowestBucket, highestBucket, maxDiff } = found;
    const seen = this.#forced.get(text);
    if (seen !== undefined) {
      seen.fromMs = Math.min(seen.fromMs, timeMs);
      seen.toMs = Math.max(seen.toMs, timeMs);
      seen.lowestBucket = Math.min(seen.lowestBucket, lowestBucket);
      seen.highestBucket = Math.max(seen.highestBucket, highestBucket);
      seen.maxDiff = Math.max(seen.maxDiff, maxDiff);
      seen.samples++;
      return;
    }
    const state = { fromMs: timeMs, toMs: timeMs, lowestBucket, highestBucket, maxDiff, samples: 1 };
    this.#forced.set(text, state);
    const details = (): string => monotonicityDetails(state);
    this.#byText.set(text, { level: "info", text: `PromQL info: ${text}`, position, details });
  }

  /** The texts with their place in the query: `PromQL info: … (1:6)`. */
  texts(level: "warning" | "info", query: string): string[] {
    return [...this.#byText.values()]
      .filter((annotation) => annotation.level === level)
      .map(({ text, position, details }) => `${text}${details?.() ?? ""} (${lineAndColumn(query, position.start)})`);
  }
}

function forMetric(metricName: string): string {
  return metricName === "" ? "" : ` for metric name ${JSON.stringify(metricName)}`;
}

function monotonicityDetails(state: ForcedMonotonicity): string {
  const { fromMs, toMs, lowestBucket, highestBucket, maxDiff, samples } = state;
  const buckets = `from buckets ${formatGeneral(lowestBucket)} to ${formatGeneral(highestBucket)}`;
  const diff = `with a max diff of ${formatTwoDigits(maxDiff)}`;
  return `, ${buckets}, ${diff}, over ${samples} samples from ${isoSeconds(fromMs)} to ${isoSeconds(toMs)}`;
}

function isoSeconds(timeMs: number): string {
  return new Date(Math.trunc(timeMs / 1000) * 1000).toISOString().replace(".000Z", "Z");
}
