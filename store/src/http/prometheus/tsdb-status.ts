import type { LabelIndex } from "../../metrics/label-index.js";
import { ApiError } from "./api-error.js";

const maxLimit = 10_000;

/** Prometheus keeps name and value of a label with a byte for the length of each. */
const lengthBytes = 2;

interface NamedCount {
  readonly name: string;
  readonly value: number;
}

/** Cardinality statistics in the shape of Prometheus' `/status/tsdb`: what makes the series so many. */
export function tsdbStatus(index: LabelIndex, parameters: URLSearchParams): object {
  const limit = parseLimit(parameters);
  const names = index.labelNames();
  const pairs: NamedCount[] = [];
  const bytes: NamedCount[] = [];
  const values: NamedCount[] = [];
  for (const name of names) {
    const counts = index.valueCounts(name);
    const nameBytes = Buffer.byteLength(name);
    let length = 0;
    for (const [value, count] of counts) {
      pairs.push({ name: `${name}=${value}`, value: count });
      length += (nameBytes + Buffer.byteLength(value) + lengthBytes) * count;
    }
    values.push({ name, value: counts.size });
    bytes.push({ name, value: length });
  }
  const metricNames = [...index.valueCounts("__name__")].map(([name, value]) => ({ name, value }));
  return {
    headStats: { numSeries: index.size, numLabelPairs: pairs.length, chunkCount: 0, ...timeRange(index) },
    seriesCountByMetricName: top(metricNames, limit),
    labelValueCountByLabelName: top(values, limit),
    memoryInBytesByLabelName: top(bytes, limit),
    seriesCountByLabelValuePair: top(pairs, limit),
  };
}

function parseLimit(parameters: URLSearchParams): number {
  const text = parameters.get("limit") || "10";
  if (!/^\+?\d+$/.test(text) || Number(text) < 1) throw new ApiError("bad_data", "limit must be a positive number");
  if (Number(text) > maxLimit) throw new ApiError("bad_data", `limit must not exceed ${maxLimit}`);
  return Number(text);
}

function timeRange(index: LabelIndex): { minTime: number; maxTime: number } {
  let minTime = Number.MAX_SAFE_INTEGER;
  let maxTime = Number.MIN_SAFE_INTEGER;
  for (const series of index.series) {
    if (series.minMs < minTime) minTime = series.minMs;
    if (series.maxMs > maxTime) maxTime = series.maxMs;
  }
  return { minTime, maxTime };
}

function top(counts: readonly NamedCount[], limit: number): NamedCount[] {
  return [...counts].sort((a, b) => b.value - a.value).slice(0, limit);
}
