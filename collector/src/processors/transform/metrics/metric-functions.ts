import type { MessageEdit } from "@venturi/otlp";
import {
  dataField,
  EXPONENTIAL_HISTOGRAM,
  GAUGE,
  HISTOGRAM,
  METRIC_KINDS,
  SUM,
  SUMMARY,
  type TransformContext,
} from "../../../ottl/context.js";
import { define, type FunctionDefinition } from "../../../ottl/functions/define.js";
import { literalBool, literalDouble, literalString, optional, string } from "../../../ottl/functions/params.js";
import { POINT_ATTRIBUTES } from "../../../ottl/paths/datapoint.js";
import { OttlError } from "../../../ottl/values.js";
import { buildMetric, messageOf, numberPoint, pointsOf } from "./build-metric.js";
import { scalePoints } from "./scale.js";

const NAME = 1;
const DESCRIPTION = 2;
const UNIT = 3;
const POINTS = 1;
const TEMPORALITY = 2;
const MONOTONIC = 3;
const CUMULATIVE = 2;

const TEMPORALITIES: Readonly<Record<string, number>> = { delta: 1, cumulative: CUMULATIVE };

/** @throws OttlError */
export function temporalityOf(name: string): number {
  const temporality = Object.hasOwn(TEMPORALITIES, name) ? TEMPORALITIES[name] : undefined;
  if (temporality === undefined) throw new OttlError(`unknown aggregation temporality: ${name}`);
  return temporality;
}

/** Moves the data points of a metric under another field: they keep their bytes. */
function convertKind(context: TransformContext, from: number, to: number): MessageEdit | undefined {
  const { metric, data } = context;
  if (dataField(metric) !== from || data === undefined) return undefined;
  const points = data.getRecords(POINTS);
  metric.remove(from);
  // An empty message would count as missing.
  const next = metric.message(to);
  next.setRecords(POINTS, points);
  context.data = next;
  return next;
}

const convertSumToGauge = define("convert_sum_to_gauge", {}, () => (context) => {
  convertKind(context, SUM, GAUGE);
  return null;
});

const convertGaugeToSum = define(
  "convert_gauge_to_sum",
  { aggregationTemporality: literalString, isMonotonic: literalBool },
  ({ aggregationTemporality, isMonotonic }) => {
    const temporality = temporalityOf(aggregationTemporality);
    return (context) => {
      const sum = convertKind(context, GAUGE, SUM);
      sum?.setUint32(TEMPORALITY, temporality);
      sum?.setBool(MONOTONIC, isMonotonic);
      return null;
    };
  },
);

const copyMetric = define(
  "copy_metric",
  { name: optional(string), description: optional(string), unit: optional(string) },
  ({ name, description, unit }) =>
    (context) => {
      const { metric } = context;
      const copy = messageOf(metric.toBytes());
      if (name !== undefined) copy.setString(NAME, name.get(context));
      if (description !== undefined) copy.setString(DESCRIPTION, description.get(context));
      if (unit !== undefined) copy.setString(UNIT, unit.get(context));
      context.newMetrics.push(copy.toBytes());
      return null;
    },
);

const scaleMetric = define("scale_metric", { factor: literalDouble, unit: optional(string) }, ({ factor, unit }) => {
  return (context) => {
    const text = unit?.get(context);
    const { metric, data } = context;
    const field = dataField(metric);
    if (field === EXPONENTIAL_HISTOGRAM) {
      throw new OttlError("exponential histograms are not supported by the 'scale_metric' function");
    }
    if (data === undefined) throw new OttlError("a metric without data cannot be scaled");
    data.setRecords(POINTS, scalePoints(pointsOf(data), field, factor));
    if (text !== undefined) metric.setString(UNIT, text);
    return null;
  };
});

/** Makes a sum of one number of each histogram or summary point. */
function extract(
  name: string,
  suffix: string,
  unitOf: (metric: MessageEdit) => string,
  readValue: (point: MessageEdit, field: number) => number | bigint | undefined,
): FunctionDefinition {
  return define(
    name,
    { isMonotonic: literalBool, suffix: optional(literalString) },
    ({ isMonotonic, suffix: wanted = suffix }) =>
      (context) => {
        const { metric, data } = context;
        const field = dataField(metric);
        const temporality = field === SUMMARY ? CUMULATIVE : (data?.getUint32(TEMPORALITY) ?? 0);
        const isKnown = field === HISTOGRAM || field === EXPONENTIAL_HISTOGRAM || field === SUMMARY;
        if (!isKnown || temporality === 0 || data === undefined) {
          const kind = METRIC_KINDS.find((one) => one.field === field)?.name ?? "Empty";
          throw new OttlError(`${name} requires a Histogram, ExponentialHistogram or Summary, got ${kind}`);
        }
        const points = pointsOf(data).flatMap((point) => {
          const value = readValue(point, field);
          return value === undefined ? [] : [numberPoint(point, POINT_ATTRIBUTES[field] as number, value).toBytes()];
        });
        if (points.length === 0) return null;
        context.newMetrics.push(
          buildMetric({
            name: metric.getString(NAME) + wanted,
            description: metric.getString(DESCRIPTION),
            unit: unitOf(metric),
            sum: { temporality, isMonotonic },
            points,
          }),
        );
        return null;
      },
  );
}

const COUNT = 4;
const SUM_OF_POINT = 5;

const extractCount = extract(
  "extract_count_metric",
  "_count",
  () => "1",
  (point) => point.getFixed64(COUNT),
);

const extractSum = extract(
  "extract_sum_metric",
  "_sum",
  (metric) => metric.getString(UNIT),
  (point, field) => (field === SUMMARY || point.has(SUM_OF_POINT) ? point.getDouble(SUM_OF_POINT) : undefined),
);

const convertQuantiles = define(
  "convert_summary_quantile_val_to_gauge",
  { attributeKey: optional(literalString), suffix: optional(literalString) },
  ({ attributeKey = "quantile", suffix = ".quantiles" }) =>
    (context) => {
      const { metric, data } = context;
      if (dataField(metric) !== SUMMARY || data === undefined) return null;
      const points = pointsOf(data).flatMap((point) =>
        point.getRecords(6).map((record) => {
          const quantile = messageOf(record);
          const made = numberPoint(point, 7, quantile.getDouble(2));
          made.attributes(7).set(attributeKey, quantile.getDouble(1));
          return made.toBytes();
        }),
      );
      const described = { description: metric.getString(DESCRIPTION), unit: metric.getString(UNIT) };
      context.newMetrics.push(buildMetric({ name: metric.getString(NAME) + suffix, ...described, points }));
      return null;
    },
);

/** Of metrics as a whole. */
export const METRIC_FUNCTIONS: readonly FunctionDefinition[] = [
  convertSumToGauge,
  convertGaugeToSum,
  copyMetric,
  scaleMetric,
  extractCount,
  extractSum,
  convertQuantiles,
];
