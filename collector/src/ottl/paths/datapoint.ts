import type { MessageEdit } from "@venturi/otlp";
import { dataField, EXPONENTIAL_HISTOGRAM, GAUGE, HISTOGRAM, SUM, SUMMARY, type TransformContext } from "../context.js";
import { Messages, OttlError, typeName, type Value } from "../values.js";
import {
  attributes,
  expectDouble,
  expectInt,
  expectMessages,
  nanos,
  type PathDefinition,
  type PathTable,
  time,
  toUint32,
} from "./access.js";
import { doubles, fixedCounts, readDoubles, readFixedCounts, readVarintCounts, varintCounts } from "./packed.js";

const AS_DOUBLE = 4;
const AS_INT = 6;

const point = (context: TransformContext) => context.point;

/** Points of different kinds have the same things in different fields. */
type Fields = Readonly<Record<number, number>>;
const NUMBERS: Fields = { [GAUGE]: 1, [SUM]: 1 };
const FLAGS: Fields = { [GAUGE]: 8, [SUM]: 8, [HISTOGRAM]: 10, [EXPONENTIAL_HISTOGRAM]: 10, [SUMMARY]: 8 };
const EXEMPLARS: Fields = { [GAUGE]: 5, [SUM]: 5, [HISTOGRAM]: 8, [EXPONENTIAL_HISTOGRAM]: 11 };
const COUNTED: Fields = { [HISTOGRAM]: 1, [EXPONENTIAL_HISTOGRAM]: 1, [SUMMARY]: 1 };
export const POINT_ATTRIBUTES: Fields = {
  [GAUGE]: 7,
  [SUM]: 7,
  [HISTOGRAM]: 9,
  [EXPONENTIAL_HISTOGRAM]: 1,
  [SUMMARY]: 7,
};

/** A path that points of some kinds have: on others it is nil and cannot be set. */
function of(
  fields: Fields,
  type: string,
  get: (point: MessageEdit, field: number) => Value,
  set: (point: MessageEdit, field: number, value: Value) => void,
): PathDefinition {
  return {
    type,
    access: {
      get: (context) => {
        const field = fields[dataField(context.metric)];
        return field === undefined ? null : get(context.point, field);
      },
      set: (context, value) => {
        const field = fields[dataField(context.metric)];
        if (field === undefined) throw new OttlError("this kind of data point has no such field");
        set(context.point, field, value);
      },
    },
  };
}

/** The number of a point is a double or an integer; asked for the other it is zero. */
const valueDouble = of(
  NUMBERS,
  "float64",
  (one) => one.getDouble(AS_DOUBLE),
  (one, _field, value) => {
    one.setDouble(AS_DOUBLE, expectDouble(value));
    one.remove(AS_INT);
  },
);

const valueInt = of(
  NUMBERS,
  "int64",
  (one) => BigInt.asIntN(64, one.getFixed64(AS_INT)),
  (one, _field, value) => {
    one.setFixed64(AS_INT, expectInt(value));
    one.remove(AS_DOUBLE);
  },
);

function count(fields: Fields, number: number): PathDefinition {
  return of(
    fields,
    "int64",
    (one) => BigInt.asIntN(64, one.getFixed64(number)),
    (one, _field, value) => one.setFixed64(number, expectInt(value)),
  );
}

const BUCKETS = "pmetric.ExponentialHistogramDataPointBuckets";
const EXPONENTIAL: Fields = { [EXPONENTIAL_HISTOGRAM]: 1 };

function buckets(field: number): PathDefinition {
  return of(
    EXPONENTIAL,
    BUCKETS,
    (one) => new Messages(BUCKETS, false, [one.getBytes(field)]),
    (one, _field, value) => {
      const [record] = expectMessages(value, BUCKETS).records;
      if (record !== undefined) one.setBytes(field, record);
    },
  );
}

function offset(field: number): PathDefinition {
  return of(
    EXPONENTIAL,
    "int64",
    (one) => BigInt(one.message(field).getSint32(1)),
    (one, _field, value) => one.message(field).setSint32(1, toUint32(value) | 0),
  );
}

function bucketCounts(field: number): PathDefinition {
  return of(
    EXPONENTIAL,
    "[]uint64",
    (one) => readVarintCounts(one.message(field).getBytes(2)),
    (one, _field, value) => one.message(field).setBytes(2, varintCounts(listOf(value, expectInt))),
  );
}

function listOf<T extends Value>(value: Value, expect: (item: Value) => T): T[] {
  if (!Array.isArray(value)) throw new OttlError(`expects a list but got ${typeName(value)}`);
  return (value as readonly Value[]).map(expect);
}

export const DATAPOINT_PATHS: PathTable = {
  attributes: attributes((context) => {
    const field = POINT_ATTRIBUTES[dataField(context.metric)];
    if (field === undefined) throw new OttlError("this kind of data point has no attributes");
    return context.point.attributes(field);
  }),
  start_time_unix_nano: nanos(point, 2),
  time_unix_nano: nanos(point, 3),
  start_time: time(point, 2),
  time: time(point, 3),
  value_double: valueDouble,
  value_int: valueInt,
  exemplars: of(
    EXEMPLARS,
    "pmetric.ExemplarSlice",
    (one, field) => new Messages("pmetric.ExemplarSlice", true, one.getRecords(field)),
    (one, field, value) => one.setRecords(field, expectMessages(value, "pmetric.ExemplarSlice").records),
  ),
  flags: of(
    FLAGS,
    "int64",
    (one, field) => BigInt(one.getUint32(field)),
    (one, field, value) => one.setUint32(field, toUint32(value)),
  ),
  count: count(COUNTED, 4),
  sum: of(
    COUNTED,
    "float64",
    (one) => one.getDouble(5),
    (one, _field, value) => one.setDouble(5, expectDouble(value)),
  ),
  bucket_counts: of(
    { [HISTOGRAM]: 6 },
    "[]uint64",
    (one, field) => readFixedCounts(one.getBytes(field)),
    (one, field, value) => one.setBytes(field, fixedCounts(listOf(value, expectInt))),
  ),
  explicit_bounds: of(
    { [HISTOGRAM]: 7 },
    "[]float64",
    (one, field) => readDoubles(one.getBytes(field)),
    (one, field, value) => one.setBytes(field, doubles(listOf(value, expectDouble))),
  ),
  scale: of(
    EXPONENTIAL,
    "int64",
    (one) => BigInt(one.getSint32(6)),
    (one, _field, value) => one.setSint32(6, toUint32(value) | 0),
  ),
  zero_count: count(EXPONENTIAL, 7),
  positive: buckets(8),
  "positive.offset": offset(8),
  "positive.bucket_counts": bucketCounts(8),
  negative: buckets(9),
  "negative.offset": offset(9),
  "negative.bucket_counts": bucketCounts(9),
  quantile_values: of(
    { [SUMMARY]: 6 },
    "pmetric.SummaryDataPointValueAtQuantileSlice",
    (one, field) => new Messages("pmetric.SummaryDataPointValueAtQuantileSlice", true, one.getRecords(field)),
    (one, field, value) => {
      one.setRecords(field, expectMessages(value, "pmetric.SummaryDataPointValueAtQuantileSlice").records);
    },
  ),
};
