import type { MessageEdit } from "@venturi/otlp";
import { GAUGE, HISTOGRAM, SUM, SUMMARY } from "../../../ottl/context.js";
import { doubles, readDoubles } from "../../../ottl/paths/packed.js";
import { messageOf } from "./build-metric.js";

const AS_DOUBLE = 4;
const AS_INT = 6;

/** The points with all that is measured multiplied; counts stay. */
export function scalePoints(points: readonly MessageEdit[], kind: number, factor: number): Uint8Array[] {
  return points.map((point) => {
    if (kind === GAUGE || kind === SUM) scaleNumber(point, factor, AS_DOUBLE, AS_INT);
    else if (kind === HISTOGRAM) scaleHistogram(point, factor);
    else if (kind === SUMMARY) scaleSummary(point, factor);
    return point.toBytes();
  });
}

/** An integer stays one. */
function scaleNumber(message: MessageEdit, factor: number, doubleField: number, intField: number): void {
  if (message.has(intField)) {
    const value = Number(BigInt.asIntN(64, message.getFixed64(intField))) * factor;
    message.setFixed64(intField, BigInt(Math.trunc(value)));
  } else if (message.has(doubleField)) message.setDouble(doubleField, message.getDouble(doubleField) * factor);
}

function scaleHistogram(point: MessageEdit, factor: number): void {
  for (const field of [5, 11, 12]) if (point.has(field)) point.setDouble(field, point.getDouble(field) * factor);
  const bounds = readDoubles(point.getBytes(7));
  if (bounds.length > 0) point.setBytes(7, doubles(bounds.map((bound) => bound * factor)));
  const exemplars = point.getRecords(8).map((record) => {
    const exemplar = messageOf(record);
    scaleNumber(exemplar, factor, 3, 6);
    return exemplar.toBytes();
  });
  if (exemplars.length > 0) point.setRecords(8, exemplars);
}

function scaleSummary(point: MessageEdit, factor: number): void {
  point.setDouble(5, point.getDouble(5) * factor);
  const quantiles = point.getRecords(6).map((record) => {
    const quantile = messageOf(record);
    quantile.setDouble(2, quantile.getDouble(2) * factor);
    return quantile.toBytes();
  });
  if (quantiles.length > 0) point.setRecords(6, quantiles);
}
