import { type ApiHistogram, formatSampleValue, toApiHistogram } from "./histogram/buckets.js";
import type { FloatHistogram } from "./histogram/float-histogram.js";
import type { Labels } from "./labels.js";

/** One element of an instant vector. */
export interface VectorSample {
  readonly labels: Labels;
  readonly timestampMs: number;
  /** 0 where the sample is a histogram. */
  readonly value: number;
  readonly histogram?: FloatHistogram;
}

/** One series of a range result, times ascending. */
export interface MatrixSeries {
  readonly labels: Labels;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  /** Parallel to the times; where one is set, the value is to be ignored. Left out for series of floats only. */
  readonly histograms?: readonly (FloatHistogram | undefined)[];
}

interface Notes {
  /** In upstream's words, with their place: `PromQL warning: … (1:6)`. */
  readonly warnings: string[];
  readonly infos: string[];
}

export type QueryResult = Notes &
  (
    | { readonly resultType: "vector"; readonly vector: VectorSample[] }
    | { readonly resultType: "matrix"; readonly matrix: MatrixSeries[] }
    | { readonly resultType: "scalar"; readonly scalar: { readonly timestampMs: number; readonly value: number } }
    | { readonly resultType: "string"; readonly string: { readonly timestampMs: number; readonly value: string } }
  );

/** `[seconds, "value"]`, as the Prometheus HTTP API writes a sample. */
export type ApiSample = [seconds: number, value: string];

/** `[seconds, {count, sum, buckets}]`, as the Prometheus HTTP API writes a native histogram. */
export type ApiHistogramSample = [seconds: number, histogram: ApiHistogram];

export type ApiVectorElement =
  | { readonly metric: Labels; readonly value: ApiSample }
  | { readonly metric: Labels; readonly histogram: ApiHistogramSample };

export interface ApiMatrixSeries {
  readonly metric: Labels;
  readonly values?: ApiSample[];
  readonly histograms?: ApiHistogramSample[];
}

/** The `data` of a query answer of the Prometheus HTTP API. */
export interface ApiData {
  readonly resultType: QueryResult["resultType"];
  readonly result: ApiSample | ApiVectorElement[] | ApiMatrixSeries[];
}

function sample(timeMs: number, value: number): ApiSample {
  return [timeMs / 1000, formatSampleValue(value)];
}

/** One element of a vector in the shape of the HTTP API. */
export function toApiVectorElement({ labels, timestampMs, value, histogram }: VectorSample): ApiVectorElement {
  if (histogram === undefined) return { metric: labels, value: sample(timestampMs, value) };
  return { metric: labels, histogram: [timestampMs / 1000, toApiHistogram(histogram)] };
}

/** One series of a matrix in the shape of the HTTP API: floats and histograms apart. */
export function toApiMatrixSeries({ labels, timestampsMs, values, histograms }: MatrixSeries): ApiMatrixSeries {
  if (histograms === undefined) {
    return { metric: labels, values: Array.from(timestampsMs, (timeMs, i) => sample(timeMs, values[i]!)) };
  }
  const floats: ApiSample[] = [];
  const others: ApiHistogramSample[] = [];
  for (const [i, timeMs] of timestampsMs.entries()) {
    const histogram = histograms[i];
    if (histogram === undefined) floats.push(sample(timeMs, values[i]!));
    else others.push([timeMs / 1000, toApiHistogram(histogram)]);
  }
  return {
    metric: labels,
    ...(floats.length > 0 ? { values: floats } : {}),
    ...(others.length > 0 ? { histograms: others } : {}),
  };
}

/** A result in the shape of the HTTP API's `data`, ready for JSON. */
export function toApiData(result: QueryResult): ApiData {
  switch (result.resultType) {
    case "vector":
      return { resultType: "vector", result: result.vector.map(toApiVectorElement) };
    case "matrix":
      return { resultType: "matrix", result: result.matrix.map(toApiMatrixSeries) };
    case "scalar":
      return { resultType: "scalar", result: sample(result.scalar.timestampMs, result.scalar.value) };
    case "string":
      return { resultType: "string", result: [result.string.timestampMs / 1000, result.string.value] };
  }
}
