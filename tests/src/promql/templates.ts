/**
 * The kinds of queries that prometheus/compliance asks of every server that says it speaks PromQL, written for what a
 * Prometheus exports about itself.
 */

const GAUGE = "go_gc_duration_seconds";
const PER_TARGET = "go_goroutines";
const MOVING = "go_memstats_heap_alloc_bytes";
const COUNTER = "prometheus_http_requests_total";
const TIMESTAMP = "prometheus_config_last_reload_success_timestamp_seconds";
const HISTOGRAM = "prometheus_http_request_duration_seconds";

const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  aggregate: ["sum", "avg", "max", "min", "count", "stddev", "stdvar"],
  select: ["topk", "bottomk"],
  quantile: ["-0.5", "0.1", "0.5", "0.75", "0.95", "0.90", "0.99", "1", "1.5"],
  arithmetic: ["+", "-", "*", "/", "%", "^"],
  compare: ["==", "!=", "<", ">", "<=", ">="],
  operator: ["+", "-", "*", "/", "%", "^", "==", "!=", "<", ">", "<=", ">="],
  range: ["15s", "1m", "5m", "15m", "1h"],
  offset: ["1m", "5m", "10m"],
  overTime: ["sum", "avg", "max", "min", "count", "stddev", "stdvar", "absent", "last", "present"],
  math: ["abs", "ceil", "floor", "exp", "sqrt", "ln", "log2", "log10", "round", "sgn", "sin", "atan", "deg"],
  rate: ["delta", "rate", "increase"],
  instantRate: ["idelta", "irate"],
  clamp: ["clamp_min", "clamp_max"],
  date: ["day_of_month", "day_of_week", "days_in_month", "hour", "minute", "month", "year"],
};

const LITERALS = ["42", "1.234", ".123", "1.23e-3", "0x3d", "Inf", "+Inf", "-Inf", "NaN", "-1 ^ 2"];

const SELECTORS = [
  GAUGE,
  `{__name__="${GAUGE}"}`,
  `${GAUGE}{quantile="0.5"}`,
  `${GAUGE}{quantile!="0.5"}`,
  `${GAUGE}{instance=~"host:.*"}`,
  `${GAUGE}{instance=~"host"}`,
  `${GAUGE}{instance!~".*:1"}`,
  `${GAUGE}{quantile="0.5", instance!="host:1"}`,
  `{quantile="0.5", instance!="host:1"}`,
  '{__name__=~".*"}',
  "no_such_metric",
  `${GAUGE} offset {offset}`,
  `${GAUGE} offset -{offset}`,
];

const AGGREGATIONS = [
  `{aggregate}(${GAUGE})`,
  "{aggregate}(no_such_metric)",
  `{aggregate} by () (${GAUGE})`,
  `{aggregate} by (instance) (${GAUGE})`,
  `{aggregate} by (instance, quantile) (${GAUGE})`,
  `{aggregate} by (nonexistent) (${GAUGE})`,
  `{aggregate} without () (${GAUGE})`,
  `{aggregate} without (instance) (${GAUGE})`,
  `{aggregate} without (instance, quantile) (${GAUGE})`,
  `{aggregate} without (nonexistent) (${GAUGE})`,
  `{select} (3, ${GAUGE})`,
  `{select} by (instance) (2, ${GAUGE})`,
  `{select} without (instance) (2, ${GAUGE})`,
  `{select} without () (2, ${GAUGE})`,
  `quantile({quantile}, ${GAUGE})`,
  `avg(max by (quantile) (${GAUGE}))`,
  `count_values("value", ${HISTOGRAM}_bucket)`,
];

const OPERATORS = [
  "1 * 2 + 4 / 6 - 10 % 2 ^ 2",
  `${PER_TARGET} + (1 {compare} bool 2)`,
  `${GAUGE} {operator} 1.2345`,
  `${GAUGE} {compare} bool 1.2345`,
  `1.2345 {compare} bool ${GAUGE}`,
  `0.12345 {operator} ${GAUGE}`,
  `(1 * 2 + 4 / 6 - (10 % 7) ^ 2) {operator} ${GAUGE}`,
  `${GAUGE} {operator} (1 * 2 + 4 / 6 - 10)`,
  `timestamp(${GAUGE} * 1)`,
  `timestamp(-${GAUGE})`,
  `${GAUGE} {operator} on (instance, job, quantile) ${GAUGE}`,
  `sum by (instance, quantile) (${GAUGE}) {operator} on (instance, quantile) group_left (job) ${GAUGE}`,
  `${GAUGE} {compare} bool on (instance, job, quantile) ${GAUGE}`,
  `${GAUGE} / on (instance, job, quantile, __name__) ${GAUGE}`,
  `sum without (job) (${GAUGE}) / on (instance, quantile) ${GAUGE}`,
  `sum without (job) (${GAUGE}) / on (instance, quantile) group_left ${GAUGE}`,
  `sum without (job) (${GAUGE}) / on (instance, quantile) group_left (job) ${GAUGE}`,
  `${GAUGE} / on (instance, job) group_left ${PER_TARGET}`,
  `${GAUGE} / on (instance, quantile, job, nonexistent) ${GAUGE}`,
  `${GAUGE} / on (instance) ${GAUGE}`,
  `${PER_TARGET} * Inf`,
  `${PER_TARGET} * -Inf`,
  `${PER_TARGET} * NaN`,
  `${GAUGE} + -(1)`,
  `-${GAUGE}`,
  "1 {arithmetic} time()",
  "time() {arithmetic} 1",
  "time() {compare} bool 1",
  "1 {compare} bool time()",
  "time() {arithmetic} time()",
  "time() {compare} bool time()",
  `time() {operator} ${GAUGE}`,
  `${GAUGE} {operator} time()`,
];

const FUNCTIONS = [
  `{overTime}_over_time(${MOVING}[{range}])`,
  `quantile_over_time({quantile}, ${MOVING}[{range}])`,
  `timestamp(${PER_TARGET})`,
  `timestamp(timestamp(${PER_TARGET}))`,
  `{math}(${GAUGE})`,
  `{math}(-${GAUGE})`,
  "{rate}(no_such_metric[5m])",
  `{rate}(${COUNTER}[{range}])`,
  `{instantRate}(${COUNTER}[{range}])`,
  `deriv(${MOVING}[{range}])`,
  `predict_linear(${MOVING}[{range}], 600)`,
  "time()",
  "vector(1.23)",
  "vector(time())",
  "{date}()",
  `{date}(${TIMESTAMP} offset {offset})`,
  `{clamp}(${GAUGE}, 2)`,
  `clamp(${GAUGE}, 0, 1)`,
  `clamp(${GAUGE}, 0, 1000000000000)`,
  `clamp(${GAUGE}, 1000000000000, 0)`,
  `clamp(${GAUGE}, 1000000000000, 1000000000000)`,
  `resets(${COUNTER}[{range}])`,
  `changes(${MOVING}[{range}])`,
  `histogram_quantile({quantile}, rate(${HISTOGRAM}_bucket[1m]))`,
  "histogram_quantile(0.9, no_such_metric)",
  `histogram_quantile(0.9, ${GAUGE})`,
  `histogram_quantile(0.9, {__name__=~"${HISTOGRAM}_.+"})`,
  `absent(${GAUGE})`,
  "absent(no_such_metric)",
  `max_over_time((time() - max(${TIMESTAMP}) < 1000)[5m:10s] offset 5m)`,
  `avg_over_time(rate(${COUNTER}[1m])[2m:10s])`,
];

const LABEL_FUNCTIONS = [
  `label_replace(${PER_TARGET}, "job", "destination-value-$1", "instance", "host:(.*)")`,
  `label_replace(${PER_TARGET}, "job", "destination-value-$1", "instance", "ost:(.*)")`,
  `label_replace(${PER_TARGET}, "job", "$1-$2", "instance", "ho(.*):(.*)")`,
  `label_replace(${PER_TARGET}, "job", "value-$1", "nonexistent", "source-value-(.*)")`,
  `label_replace(${PER_TARGET}, "job", "value-$1", "nonexistent", "(.*)")`,
  `label_replace(${PER_TARGET}, "job", "value-$1", "instance", "matches-nothing")`,
  `label_replace(${PER_TARGET}, "job", "", "dst", ".*")`,
  `label_replace(${PER_TARGET}, "job", "value-$1", "src", "(.*")`,
  `label_replace(${PER_TARGET}, "\\xff", "", "src", "(.*)")`,
  `label_replace(${PER_TARGET}, "instance", "", "", "")`,
  `label_join(${PER_TARGET}, "new_label", "-", "instance", "job")`,
  `label_join(${PER_TARGET}, "job", "-", "instance", "job")`,
  `label_join(${PER_TARGET}, "job", "-", "instance")`,
  `label_join(${PER_TARGET}, "\\xff", "-", "instance")`,
];

export const TEMPLATES: readonly string[] = [
  ...LITERALS,
  ...SELECTORS,
  ...AGGREGATIONS,
  ...OPERATORS,
  ...FUNCTIONS,
  ...LABEL_FUNCTIONS,
];

/** All queries that a template stands for. */
export function expandTemplate(template: string): string[] {
  const [placeholder, name = ""] = /\{(\w+)\}/.exec(template.replaceAll(/\{\w+[!=]/g, "")) ?? [];
  const variants = VARIANTS[name];
  if (placeholder === undefined || variants === undefined) return [template];
  return variants.flatMap((variant) => expandTemplate(template.replace(placeholder, variant)));
}
