export { AttributesEdit } from "./edit/attributes-edit.js";
export { BatchEditor, CHILDREN, RESOURCE_OR_SCOPE, SCHEMA_URL } from "./edit/batch-edit.js";
export { ADDED, LevelEdit } from "./edit/level-edit.js";
export { MessageEdit } from "./edit/message-edit.js";
export type { EditMap, EditValue } from "./edit/value.js";
export { cloneEditValue, decodeEditValue, writeEditValue, writeKeyValue } from "./edit/value.js";
export { jsonToProtobuf } from "./json/json-to-protobuf.js";
export { protobufToJson } from "./json/protobuf-to-json.js";
export type { Attributes, AttributesView, AttributeValue } from "./model/attributes.js";
export type { Batch } from "./model/batch.js";
export { batchRuns, batchToBytes, concatBatches } from "./model/batch.js";
export { MalformedOtlpError } from "./model/errors.js";
export type {
  EmptyMetric,
  Exemplar,
  ExponentialBuckets,
  ExponentialHistogram,
  ExponentialHistogramPoint,
  Gauge,
  Histogram,
  HistogramPoint,
  Metric,
  MetricIdentity,
  NumberPoint,
  Sum,
  Summary,
  SummaryPoint,
  Temporality,
} from "./model/metric.js";
export type { Signal } from "./model/signal.js";
export type { LogRecordView, ResourceView, ScopeView, SpanEvent, SpanLink, SpanView } from "./model/views.js";
export { readExemplar } from "./prometheus/exemplars.js";
export type { TargetIdentity } from "./prometheus/labels.js";
export { otherAttributes, targetIdentity } from "./prometheus/labels.js";
export type {
  PrometheusExemplar,
  PrometheusFamily,
  PrometheusHistogram,
  PrometheusLabels,
  PrometheusOptions,
  PrometheusSeries,
  PrometheusSpan,
  PrometheusTranslation,
} from "./prometheus/model.js";
export type { NameKind, TranslationStrategy } from "./prometheus/names.js";
export { allowsUtf8, LabelNamer, metricName } from "./prometheus/names.js";
export type { DenseBuckets, ExponentialState } from "./prometheus/native-histogram.js";
export { nativeHistogram } from "./prometheus/native-histogram.js";
export type { Doubles, PointKind } from "./prometheus/point-scan.js";
export { PointScan } from "./prometheus/point-scan.js";
export { decimalText, valueText } from "./prometheus/text.js";
export { wordsToMs } from "./prometheus/time.js";
export { familyType, nameKind, toPrometheus } from "./prometheus/to-prometheus.js";
export type { ByteRange, MetricHead, PointVisitor } from "./prometheus/walk-points.js";
export { walkPoints } from "./prometheus/walk-points.js";
export { decodeAnyValue, decodeKeyValues as decodeAttributes } from "./views/any-value.js";
export { forEachLogRecord } from "./views/for-each-log-record.js";
export { forEachMetric } from "./views/for-each-metric.js";
export { forEachSpan } from "./views/for-each-span.js";
export { ByteTable } from "./wire/byte-table.js";
export { Cursor, FIXED32, FIXED64, LEN, VARINT } from "./wire/cursor.js";
export { KeyBuffer } from "./wire/key-buffer.js";
export { readBatch } from "./wire/read-batch.js";
export { splitBatch } from "./wire/split-batch.js";
export { isStaleNaN, staleNaN } from "./wire/stale-nan.js";
export { Writer } from "./wire/writer.js";
export { MetricsBatchWriter } from "./write/metrics-batch-writer.js";
