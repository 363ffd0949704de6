import { MessageEdit, Writer } from "@venturi/otlp";
import { GAUGE, SUM } from "../../../ottl/context.js";

const NAME = 1;
const DESCRIPTION = 2;
const UNIT = 3;
const POINTS = 1;

/** A new sum or gauge made of another metric. */
export interface NewMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  /** Of a sum; a gauge otherwise. */
  readonly sum?: { readonly temporality: number; readonly isMonotonic: boolean };
  readonly points: readonly Uint8Array[];
}

export function buildMetric({ name, description, unit, sum, points }: NewMetric): Uint8Array {
  const writer = new Writer(256);
  writer.stringField(NAME, name);
  if (description !== "") writer.stringField(DESCRIPTION, description);
  if (unit !== "") writer.stringField(UNIT, unit);
  const data = writer.open(sum === undefined ? GAUGE : SUM);
  for (const point of points) writer.bytesField(POINTS, point);
  if (sum !== undefined) {
    writer.uint32Field(2, sum.temporality);
    if (sum.isMonotonic) writer.boolField(3, true);
  }
  writer.close(data);
  return writer.finish();
}

/** A number data point with the attributes and times of another one; an integer is a bigint. */
export function numberPoint(source: MessageEdit, attributesField: number, value: number | bigint): MessageEdit {
  const point = new MessageEdit();
  point.setFixed64(2, source.getFixed64(2));
  point.setFixed64(3, source.getFixed64(3));
  if (typeof value === "bigint") point.setFixed64(6, value);
  else point.setDouble(4, value);
  for (const [key, item] of source.attributes(attributesField).entries()) point.attributes(7).append(key, item);
  return point;
}

export function messageOf(bytes: Uint8Array): MessageEdit {
  return new MessageEdit().open(bytes, 0, bytes.length);
}

/** The data points of a metric, each to be read on its own. */
export function pointsOf(data: MessageEdit): MessageEdit[] {
  return data.getRecords(POINTS).map(messageOf);
}
