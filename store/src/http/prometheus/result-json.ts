import {
  formatSampleValue,
  type MatrixSeries,
  type QueryResult,
  toApiMatrixSeries,
  toApiVectorElement,
  type VectorSample,
} from "@venturi/promql";

/** A query's result as the `data` of Prometheus' answer, series by series: a large matrix is mostly numbers. */
export function* resultJson(result: QueryResult, stats: string | undefined): Generator<string> {
  yield `{"resultType":"${result.resultType}","result":`;
  yield* valueJson(result);
  yield stats === undefined ? "}" : `,"stats":${stats}}`;
}

/** The result with at most `limit` series (0: all of them); the same object when nothing was cut. */
export function truncated(result: QueryResult, limit: number): QueryResult {
  if (limit === 0) return result;
  if (result.resultType === "vector" && result.vector.length > limit) {
    return { ...result, vector: result.vector.slice(0, limit) };
  }
  if (result.resultType === "matrix" && result.matrix.length > limit) {
    return { ...result, matrix: result.matrix.slice(0, limit) };
  }
  return result;
}

function* valueJson(result: QueryResult): Generator<string> {
  switch (result.resultType) {
    case "vector": {
      yield "[";
      let separator = "";
      for (const sample of result.vector) {
        yield separator + sampleJson(sample);
        separator = ",";
      }
      yield "]";
      return;
    }
    case "matrix": {
      yield "[";
      let separator = "";
      for (const series of result.matrix) {
        yield separator + seriesJson(series);
        separator = ",";
      }
      yield "]";
      return;
    }
    case "scalar":
      yield point(result.scalar.timestampMs, result.scalar.value);
      return;
    case "string":
      yield `[${result.string.timestampMs / 1000},${JSON.stringify(result.string.value)}]`;
  }
}

function sampleJson(sample: VectorSample): string {
  if (sample.histogram !== undefined) return JSON.stringify(toApiVectorElement(sample));
  return `{"metric":${JSON.stringify(sample.labels)},"value":${point(sample.timestampMs, sample.value)}}`;
}

function seriesJson(series: MatrixSeries): string {
  if (series.histograms !== undefined) return JSON.stringify(toApiMatrixSeries(series));
  const { labels, timestampsMs, values } = series;
  let points = "";
  for (let index = 0; index < timestampsMs.length; index++) {
    points += `${index === 0 ? "" : ","}${point(timestampsMs[index] as number, values[index] as number)}`;
  }
  return `{"metric":${JSON.stringify(labels)},"values":[${points}]}`;
}

function point(timestampMs: number, value: number): string {
  return `[${timestampMs / 1000},"${formatSampleValue(value)}"]`;
}
