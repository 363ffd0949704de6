import type { Labels } from "./labels.js";

/** One element of an instant vector. */
export interface VectorSample {
  readonly labels: Labels;
  readonly timestampMs: number;
  readonly value: number;
}

/** One series of a range result, times ascending. */
export interface MatrixSeries {
  readonly labels: Labels;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
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

/** The `data` of a query answer of the Prometheus HTTP API. */
export interface ApiData {
  readonly resultType: QueryResult["resultType"];
  readonly result: ApiSample | { metric: Labels; value: ApiSample }[] | { metric: Labels; values: ApiSample[] }[];
}

/** A sample value as the HTTP API writes it. */
export function formatSampleValue(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  if (Object.is(value, -0)) return "-0";
  return String(value).replace(/e([+-])(\d)$/, "e$10$2");
}

/** A result in the shape of the HTTP API's `data`, ready for JSON. */
export function toApiData(result: QueryResult): ApiData {
  const sample = (timeMs: number, value: number): ApiSample => [timeMs / 1000, formatSampleValue(value)];
  switch (result.resultType) {
    case "vector":
      return {
        resultType: "vector",
        result: result.vector.map(({ labels, timestampMs, value }) => ({
          metric: labels,
          value: sample(timestampMs, value),
        })),
      };
    case "matrix":
      return {
        resultType: "matrix",
        result: result.matrix.map(({ labels, timestampsMs, values }) => ({
          metric: labels,
          values: Array.from(timestampsMs, (timeMs, i) => sample(timeMs, values[i]!)),
        })),
      };
    case "scalar":
      return { resultType: "scalar", result: sample(result.scalar.timestampMs, result.scalar.value) };
    case "string":
      return { resultType: "string", result: [result.string.timestampMs / 1000, result.string.value] };
  }
}
