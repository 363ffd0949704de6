import { KEY_VALUE, RESOURCE, SCOPE } from "./common.js";
import { enumeration, items, type Message, message, nested, repeated, repeatedScalar, scalar } from "./message.js";

const TEMPORALITY: Readonly<Record<string, number>> = {
  AGGREGATION_TEMPORALITY_UNSPECIFIED: 0,
  AGGREGATION_TEMPORALITY_DELTA: 1,
  AGGREGATION_TEMPORALITY_CUMULATIVE: 2,
};

const EXEMPLAR: Message = message("Exemplar", {
  filteredAttributes: repeated(7, () => KEY_VALUE),
  timeUnixNano: scalar(2, "fixed64"),
  asDouble: scalar(3, "double"),
  asInt: scalar(6, "sfixed64"),
  spanId: scalar(4, "spanId"),
  traceId: scalar(5, "traceId"),
});

const NUMBER_POINT: Message = message("NumberDataPoint", {
  attributes: repeated(7, () => KEY_VALUE),
  startTimeUnixNano: scalar(2, "fixed64"),
  timeUnixNano: scalar(3, "fixed64"),
  asDouble: scalar(4, "double"),
  asInt: scalar(6, "sfixed64"),
  exemplars: repeated(5, () => EXEMPLAR),
  flags: scalar(8, "uint32"),
});

const HISTOGRAM_POINT: Message = message("HistogramDataPoint", {
  attributes: repeated(9, () => KEY_VALUE),
  startTimeUnixNano: scalar(2, "fixed64"),
  timeUnixNano: scalar(3, "fixed64"),
  count: scalar(4, "fixed64"),
  sum: scalar(5, "double"),
  bucketCounts: repeatedScalar(6, "fixed64"),
  explicitBounds: repeatedScalar(7, "double"),
  exemplars: repeated(8, () => EXEMPLAR),
  flags: scalar(10, "uint32"),
  min: scalar(11, "double"),
  max: scalar(12, "double"),
});

const EXPONENTIAL_BUCKETS: Message = message("Buckets", {
  offset: scalar(1, "sint32"),
  bucketCounts: repeatedScalar(2, "uint64"),
});

const EXPONENTIAL_HISTOGRAM_POINT: Message = message("ExponentialHistogramDataPoint", {
  attributes: repeated(1, () => KEY_VALUE),
  startTimeUnixNano: scalar(2, "fixed64"),
  timeUnixNano: scalar(3, "fixed64"),
  count: scalar(4, "fixed64"),
  sum: scalar(5, "double"),
  scale: scalar(6, "sint32"),
  zeroCount: scalar(7, "fixed64"),
  positive: nested(8, () => EXPONENTIAL_BUCKETS),
  negative: nested(9, () => EXPONENTIAL_BUCKETS),
  flags: scalar(10, "uint32"),
  exemplars: repeated(11, () => EXEMPLAR),
  min: scalar(12, "double"),
  max: scalar(13, "double"),
  zeroThreshold: scalar(14, "double"),
});

const VALUE_AT_QUANTILE: Message = message("ValueAtQuantile", {
  quantile: scalar(1, "double"),
  value: scalar(2, "double"),
});

const SUMMARY_POINT: Message = message("SummaryDataPoint", {
  attributes: repeated(7, () => KEY_VALUE),
  startTimeUnixNano: scalar(2, "fixed64"),
  timeUnixNano: scalar(3, "fixed64"),
  count: scalar(4, "fixed64"),
  sum: scalar(5, "double"),
  quantileValues: repeated(6, () => VALUE_AT_QUANTILE),
  flags: scalar(8, "uint32"),
});

const GAUGE: Message = message("Gauge", { dataPoints: items(1, () => NUMBER_POINT) });

const SUM: Message = message("Sum", {
  dataPoints: items(1, () => NUMBER_POINT),
  aggregationTemporality: enumeration(2, TEMPORALITY),
  isMonotonic: scalar(3, "bool"),
});

const HISTOGRAM: Message = message("Histogram", {
  dataPoints: items(1, () => HISTOGRAM_POINT),
  aggregationTemporality: enumeration(2, TEMPORALITY),
});

const EXPONENTIAL_HISTOGRAM: Message = message("ExponentialHistogram", {
  dataPoints: items(1, () => EXPONENTIAL_HISTOGRAM_POINT),
  aggregationTemporality: enumeration(2, TEMPORALITY),
});

const SUMMARY: Message = message("Summary", { dataPoints: items(1, () => SUMMARY_POINT) });

const METRIC: Message = message("Metric", {
  name: scalar(1, "string"),
  description: scalar(2, "string"),
  unit: scalar(3, "string"),
  gauge: nested(5, () => GAUGE),
  sum: nested(7, () => SUM),
  histogram: nested(9, () => HISTOGRAM),
  exponentialHistogram: nested(10, () => EXPONENTIAL_HISTOGRAM),
  summary: nested(11, () => SUMMARY),
  metadata: repeated(12, () => KEY_VALUE),
});

const SCOPE_METRICS: Message = message("ScopeMetrics", {
  scope: nested(1, () => SCOPE),
  metrics: repeated(2, () => METRIC),
  schemaUrl: scalar(3, "string"),
});

const RESOURCE_METRICS: Message = message("ResourceMetrics", {
  resource: nested(1, () => RESOURCE),
  scopeMetrics: repeated(2, () => SCOPE_METRICS),
  schemaUrl: scalar(3, "string"),
});

/** opentelemetry.proto.metrics.v1 of OTLP 1.10. */
export const METRICS_REQUEST: Message = message("ExportMetricsServiceRequest", {
  resourceMetrics: repeated(1, () => RESOURCE_METRICS),
});
