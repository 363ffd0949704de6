import type { AttributeValue } from "../model/attributes.js";
import { decodeKeyValues } from "../views/any-value.js";
import { Cursor, FIXED64, LEN, readUint32 } from "../wire/cursor.js";
import { idToHex } from "../wire/hex.js";
import type { LabelPair } from "./labels.js";
import { sortPairs } from "./labels.js";
import type { PrometheusExemplar } from "./model.js";
import type { PointScan } from "./point-scan.js";
import { valueText } from "./text.js";
import { wordsToMs } from "./time.js";

/** OpenMetrics bounds an exemplar's label names and values together. */
const LABELS_MAX_CHARACTERS = 128;

/**
 * The exemplars of a point: trace and span ids as `trace_id` and `span_id`, the filtered attributes under their own
 * keys, but only while all labels stay within bounds.
 */
export function readExemplars(point: PointScan): PrometheusExemplar[] {
  const { bytes, exemplars } = point;
  const list: PrometheusExemplar[] = [];
  for (let index = 0; index + 1 < exemplars.length; index += 2) {
    list.push(readExemplar(bytes, exemplars[index] as number, exemplars[index + 1] as number));
  }
  return list;
}

/** Reads the Exemplar message in `bytes[start, end)`; `withAttributes` false leaves the filtered attributes out. */
export function readExemplar(bytes: Uint8Array, start: number, end: number, withAttributes = true): PrometheusExemplar {
  let timestampMs = 0;
  let value = 0;
  let traceId = "";
  let spanId = "";
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    const { field, wireType, offset } = cursor;
    if (field === 3 && wireType === FIXED64) {
      value = cursor.double();
      continue;
    }
    cursor.skip();
    if (field === 2 && wireType === FIXED64) {
      timestampMs = wordsToMs(readUint32(bytes, offset + 4), readUint32(bytes, offset));
    } else if (field === 6 && wireType === FIXED64) {
      value = (readUint32(bytes, offset + 4) | 0) * 0x1_0000_0000 + readUint32(bytes, offset);
    } else if (field === 4 && wireType === LEN) spanId = idToHex(bytes, cursor.valueStart, cursor.valueEnd);
    else if (field === 5 && wireType === LEN) traceId = idToHex(bytes, cursor.valueStart, cursor.valueEnd);
  }
  const labels: LabelPair[] = [];
  if (spanId !== "") labels.push(["span_id", spanId]);
  if (traceId !== "") labels.push(["trace_id", traceId]);
  const attributes = withAttributes ? decodeKeyValues(bytes, start, end, 7) : {};
  return { labels: withinBounds(labels, attributes), value, timestampMs };
}

function withinBounds(ids: LabelPair[], attributes: Record<string, AttributeValue>): LabelPair[] {
  const labels = [...ids];
  for (const key of Object.keys(attributes)) {
    if (ids.some(([name]) => name === key)) continue;
    const text = valueText(attributes[key] ?? null);
    if (text !== "" && key !== "") labels.push([key, text]);
  }
  if (labels.length === ids.length) return ids;
  let characters = 0;
  for (const [name, value] of labels) characters += [...name].length + [...value].length;
  return characters <= LABELS_MAX_CHARACTERS ? sortPairs(labels) : ids;
}
