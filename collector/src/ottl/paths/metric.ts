import {
  dataField,
  EXPONENTIAL_HISTOGRAM,
  GAUGE,
  HISTOGRAM,
  METRIC_KINDS,
  SUM,
  type TransformContext,
} from "../context.js";
import { Messages, type Value } from "../values.js";
import { attributes, expectBool, expectMessages, type PathTable, string, toUint32 } from "./access.js";

const POINTS = 1;
const TEMPORALITY = 2;
const MONOTONIC = 3;

const metric = (context: TransformContext) => context.metric;

function hasTemporality(field: number): boolean {
  return field === SUM || field === HISTOGRAM || field === EXPONENTIAL_HISTOGRAM;
}

/** Gauges and sums have points of the same type. */
function pointsType(field: number): string {
  const kind = METRIC_KINDS.find((one) => one.field === field)?.name ?? "";
  return `pmetric.${field === GAUGE || field === SUM ? "Number" : kind}DataPointSlice`;
}

export const METRIC_PATHS: PathTable = {
  name: string(metric, 1),
  description: string(metric, 2),
  unit: string(metric, 3),
  type: {
    type: "int64",
    access: {
      get: (context) => METRIC_KINDS.find(({ field }) => field === dataField(context.metric))?.type ?? 0n,
      // As upstream: nothing happens; functions convert metrics.
      set: () => {},
    },
  },
  metadata: attributes((context) => context.metric.attributes(12)),
  aggregation_temporality: {
    type: "int64",
    access: {
      get: ({ metric: one, data }) => {
        return data !== undefined && hasTemporality(dataField(one)) ? BigInt(data.getUint32(TEMPORALITY)) : null;
      },
      set: ({ metric: one, data }, value) => {
        const temporality = toUint32(value);
        if (data !== undefined && hasTemporality(dataField(one))) data.setUint32(TEMPORALITY, temporality);
      },
    },
  },
  is_monotonic: {
    type: "bool",
    access: {
      get: ({ metric: one, data }) => (data !== undefined && dataField(one) === SUM ? data.getBool(MONOTONIC) : null),
      set: ({ metric: one, data }, value) => {
        const isMonotonic = expectBool(value);
        if (data !== undefined && dataField(one) === SUM) data.setBool(MONOTONIC, isMonotonic);
      },
    },
  },
  data_points: {
    type: "pmetric.NumberDataPointSlice, …",
    access: {
      get: (context): Value => {
        const { data } = context;
        if (data === undefined) return null;
        return new Messages(pointsType(dataField(context.metric)), true, data.getRecords(POINTS));
      },
      set: (context, value) => {
        const { data } = context;
        if (data === undefined) return;
        data.setRecords(POINTS, expectMessages(value, pointsType(dataField(context.metric))).records);
      },
    },
  },
};
