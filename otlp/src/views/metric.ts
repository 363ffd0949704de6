import type { AttributeValue } from "../model/attributes.js";
import type { Metric, Temporality } from "../model/metric.js";
import { Cursor, LEN, VARINT } from "../wire/cursor.js";
import { decodeName } from "../wire/interned.js";
import { decodeUtf8 } from "../wire/utf8.js";
import { decodeKeyValues } from "./any-value.js";
import { decodeExponentialPoint, decodeHistogramPoint, decodeNumberPoint, decodeSummaryPoint } from "./points.js";

const TEMPORALITIES: readonly Temporality[] = ["unspecified", "delta", "cumulative"];

const GAUGE = 5;
const SUM = 7;
const HISTOGRAM = 9;
const EXPONENTIAL_HISTOGRAM = 10;
const SUMMARY = 11;
const METADATA = 12;

/** Decodes the Metric message in `bytes[start, end)`. */
export function decodeMetric(bytes: Uint8Array, start: number, end: number): Metric {
  let name = "";
  let description = "";
  let unit = "";
  let dataField = 0;
  let dataStart = 0;
  let dataEnd = 0;
  let metadata: Record<string, AttributeValue> | undefined;
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    const { field, wireType } = cursor;
    cursor.skip();
    if (wireType !== LEN) continue;
    const { valueStart, valueEnd } = cursor;
    if (field === 1) name = decodeName(bytes, valueStart, valueEnd);
    else if (field === 2) description = decodeUtf8(bytes, valueStart, valueEnd);
    else if (field === 3) unit = decodeName(bytes, valueStart, valueEnd);
    else if (field === METADATA) metadata ??= decodeKeyValues(bytes, start, end, METADATA);
    else if (field >= GAUGE && field <= SUMMARY) {
      dataField = field;
      dataStart = valueStart;
      dataEnd = valueEnd;
    }
  }
  const identity = { name, description, unit, ...(metadata === undefined ? {} : { metadata }) };
  return decodeData(identity, dataField, bytes, dataStart, dataEnd);
}

function decodeData(
  identity: Pick<Metric, "name" | "description" | "unit">,
  field: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): Metric {
  switch (field) {
    case GAUGE:
      return { ...identity, type: "gauge", points: decodePoints(bytes, start, end, decodeNumberPoint) };
    case SUM: {
      const { temporality, monotonic } = decodeTraits(bytes, start, end);
      const points = decodePoints(bytes, start, end, decodeNumberPoint);
      return { ...identity, type: "sum", temporality, monotonic, points };
    }
    case HISTOGRAM: {
      const { temporality } = decodeTraits(bytes, start, end);
      return {
        ...identity,
        type: "histogram",
        temporality,
        points: decodePoints(bytes, start, end, decodeHistogramPoint),
      };
    }
    case EXPONENTIAL_HISTOGRAM: {
      const { temporality } = decodeTraits(bytes, start, end);
      const points = decodePoints(bytes, start, end, decodeExponentialPoint);
      return { ...identity, type: "exponentialHistogram", temporality, points };
    }
    case SUMMARY:
      return { ...identity, type: "summary", points: decodePoints(bytes, start, end, decodeSummaryPoint) };
    default:
      return { ...identity, type: "empty", points: [] };
  }
}

function decodeTraits(bytes: Uint8Array, start: number, end: number): { temporality: Temporality; monotonic: boolean } {
  let temporality: Temporality = "unspecified";
  let monotonic = false;
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    if (cursor.field === 2 && cursor.wireType === VARINT) temporality = TEMPORALITIES[cursor.uint32()] ?? "unspecified";
    else if (cursor.field === 3 && cursor.wireType === VARINT) monotonic = cursor.bool();
    else cursor.skip();
  }
  return { temporality, monotonic };
}

function decodePoints<T>(
  bytes: Uint8Array,
  start: number,
  end: number,
  decode: (bytes: Uint8Array, start: number, end: number) => T,
): T[] {
  const points: T[] = [];
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    const isPoint = cursor.field === 1 && cursor.wireType === LEN;
    cursor.skip();
    if (isPoint) points.push(decode(bytes, cursor.valueStart, cursor.valueEnd));
  }
  return points;
}
