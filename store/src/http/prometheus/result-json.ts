import { formatSampleValue, type QueryResult, toApiMatrixSeries, toApiVectorElement } from "@venturi/promql";

/** A query's result as the `data` of Prometheus' answer. Written as text: a large matrix is mostly numbers. */
export function resultJson(result: QueryResult): string {
  return `{"resultType":"${result.resultType}","result":${valueJson(result)}}`;
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

function valueJson(result: QueryResult): string {
  switch (result.resultType) {
    case "vector": {
      const samples = result.vector.map((sample) => {
        const { labels, timestampMs, value } = sample;
        if (sample.histogram !== undefined) return JSON.stringify(toApiVectorElement(sample));
        return `{"metric":${JSON.stringify(labels)},"value":${point(timestampMs, value)}}`;
      });
      return `[${samples.join(",")}]`;
    }
    case "matrix":
      return `[${result.matrix.map(seriesJson).join(",")}]`;
    case "scalar":
      return point(result.scalar.timestampMs, result.scalar.value);
    case "string":
      return `[${result.string.timestampMs / 1000},${JSON.stringify(result.string.value)}]`;
  }
}

function seriesJson(series: Extract<QueryResult, { resultType: "matrix" }>["matrix"][number]): string {
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
