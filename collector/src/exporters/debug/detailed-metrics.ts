import {
  attributeLines,
  dataOf,
  fixedNumber,
  type Json,
  list,
  type MetricKind,
  objectOf,
  textOf,
  timeText,
} from "./json.js";

const TYPES: Readonly<Record<MetricKind, string>> = {
  gauge: "Gauge",
  sum: "Sum",
  histogram: "Histogram",
  exponentialHistogram: "ExponentialHistogram",
  summary: "Summary",
};
const POINTS: Readonly<Record<MetricKind, string>> = {
  gauge: "NumberDataPoints",
  sum: "NumberDataPoints",
  histogram: "HistogramDataPoints",
  exponentialHistogram: "ExponentialHistogramDataPoints",
  summary: "SummaryDataPoints",
};
const TEMPORALITY = ["Unspecified", "Delta", "Cumulative"];

/** A metric with all its points. */
export function metricLines(metric: Json): string[] {
  const found = dataOf(metric);
  const lines = [
    "Descriptor:",
    `     -> Name: ${textOf(metric.name)}`,
    `     -> Description: ${textOf(metric.description)}`,
    `     -> Unit: ${textOf(metric.unit)}`,
    `     -> DataType: ${found === undefined ? "Empty" : TYPES[found.kind]}`,
    ...attributeLines("     -> Metadata", metric, "metadata"),
  ];
  if (found === undefined) return lines;
  const { kind, data, points } = found;
  if (kind === "sum") lines.push(`     -> IsMonotonic: ${data.isMonotonic === true}`);
  if (kind !== "gauge" && kind !== "summary") {
    lines.push(`     -> AggregationTemporality: ${TEMPORALITY[Number(data.aggregationTemporality ?? 0)]}`);
  }
  points.forEach((point, index) => {
    lines.push(
      `${POINTS[kind]} #${index}`,
      ...attributeLines("Data point attributes", point),
      `StartTimestamp: ${timeText(point.startTimeUnixNano)}`,
      `Timestamp: ${timeText(point.timeUnixNano)}`,
      ...valueLines(kind, point),
      ...exemplarLines(list(point.exemplars)),
    );
  });
  return lines;
}

function valueLines(kind: MetricKind, point: Json): string[] {
  if (kind === "gauge" || kind === "sum") {
    if (point.asInt !== undefined) return [`Value: ${textOf(point.asInt)}`];
    return point.asDouble === undefined ? [] : [`Value: ${fixedNumber(point.asDouble)}`];
  }
  const lines = [`Count: ${textOf(point.count ?? 0)}`];
  if (kind === "summary") {
    const quantiles = list(point.quantileValues).map(
      ({ quantile, value }, index) =>
        `QuantileValue #${index}: Quantile ${fixedNumber(quantile)}, Value ${fixedNumber(value)}`,
    );
    return [...lines, `Sum: ${fixedNumber(point.sum)}`, ...quantiles];
  }
  for (const [field, name] of [
    ["sum", "Sum"],
    ["min", "Min"],
    ["max", "Max"],
  ] as const) {
    if (point[field] !== undefined) lines.push(`${name}: ${fixedNumber(point[field])}`);
  }
  return [...lines, ...(kind === "histogram" ? bucketLines(point) : exponentialLines(point))];
}

function bucketLines(point: Json): string[] {
  const bounds = (point.explicitBounds as readonly number[] | undefined) ?? [];
  const counts = (point.bucketCounts as readonly string[] | undefined) ?? [];
  return [
    ...bounds.map((bound, index) => `ExplicitBounds #${index}: ${fixedNumber(bound)}`),
    ...counts.map((count, index) => `Buckets #${index}, Count: ${count}`),
  ];
}

function exponentialLines(point: Json): string[] {
  const factor = Math.LN2 / 2 ** Number(point.scale ?? 0);
  const buckets = (side: Json): { lower: number; upper: number; count: string }[] =>
    ((side.bucketCounts as readonly string[] | undefined) ?? []).map((count, index) => {
      const at = Number(side.offset ?? 0) + index;
      return { lower: Math.exp(at * factor), upper: Math.exp((at + 1) * factor), count };
    });
  const hasZero = point.zeroCount !== undefined && point.zeroCount !== "0";
  return [
    ...buckets(objectOf(point.negative))
      .reverse()
      .map(({ lower, upper, count }) => `Bucket [${fixedNumber(-upper)}, ${fixedNumber(-lower)}), Count: ${count}`),
    ...(hasZero ? [`Bucket [0, 0], Count: ${textOf(point.zeroCount)}`] : []),
    ...buckets(objectOf(point.positive)).map(
      ({ lower, upper, count }) => `Bucket (${fixedNumber(lower)}, ${fixedNumber(upper)}], Count: ${count}`,
    ),
  ];
}

function exemplarLines(exemplars: readonly Json[]): string[] {
  if (exemplars.length === 0) return [];
  return [
    "Exemplars:",
    ...exemplars.flatMap((exemplar, index) => [
      `Exemplar #${index}`,
      `     -> Trace ID: ${textOf(exemplar.traceId)}`,
      `     -> Span ID: ${textOf(exemplar.spanId)}`,
      `     -> Timestamp: ${timeText(exemplar.timeUnixNano)}`,
      `     -> Value: ${exemplar.asInt === undefined ? fixedNumber(exemplar.asDouble) : textOf(exemplar.asInt)}`,
      ...attributeLines("     -> FilteredAttributes", exemplar, "filteredAttributes"),
    ]),
  ];
}
