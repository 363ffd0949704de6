import { type EditValue, MessageEdit } from "@venturi/otlp";
import { dataField, type TransformContext } from "../context.js";
import { POINT_ATTRIBUTES } from "../paths/datapoint.js";
import { OttlError } from "../values.js";
import { define, type FunctionDefinition } from "./define.js";
import { literalString } from "./params.js";

const POINTS = 1;
const point = new MessageEdit();

/** Of the first data point that has the key: the others are not looked at. Undefined: none has. */
function firstValue({ metric, data }: TransformContext, key: string): EditValue | undefined {
  const field = POINT_ATTRIBUTES[dataField(metric)];
  if (field === undefined || data === undefined) throw new OttlError("unknown metric type");
  for (const record of data.getRecords(POINTS)) {
    const value = point.open(record, 0, record.length).attributes(field).get(key);
    if (value !== undefined) return value;
  }
  return undefined;
}

const hasKey = define("HasAttrKeyOnDatapoint", { key: literalString }, ({ key }) => (context) => {
  return firstValue(context, key) !== undefined;
});

const hasValue = define("HasAttrOnDatapoint", { key: literalString, expectedVal: literalString }, (given) => {
  return (context) => {
    const value = firstValue(context, given.key);
    // As upstream, what is no text counts as the empty one.
    return value !== undefined && (typeof value === "string" ? value : "") === given.expectedVal;
  };
});

/** Of the metric context only, and only in conditions. */
export const METRIC_CONDITIONS: readonly FunctionDefinition[] = [hasKey, hasValue];
