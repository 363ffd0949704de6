/** Enum symbols of the contexts and what they stand for. */
export type EnumTable = Readonly<Record<string, bigint>>;

function numbered(prefix: string, names: readonly string[]): [string, bigint][] {
  return names.map((name, index) => [`${prefix}${name}`, BigInt(index)]);
}

export const SPAN_ENUMS: EnumTable = Object.fromEntries([
  ...numbered("SPAN_KIND_", ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]),
  ...numbered("STATUS_CODE_", ["UNSET", "OK", "ERROR"]),
]);

export const METRIC_ENUMS: EnumTable = Object.fromEntries([
  ...numbered("AGGREGATION_TEMPORALITY_", ["UNSPECIFIED", "DELTA", "CUMULATIVE"]),
  ...numbered("METRIC_DATA_TYPE_", ["NONE", "GAUGE", "SUM", "HISTOGRAM", "EXPONENTIAL_HISTOGRAM", "SUMMARY"]),
]);

export const DATAPOINT_ENUMS: EnumTable = {
  ...METRIC_ENUMS,
  ...Object.fromEntries(numbered("FLAG_", ["NONE", "NO_RECORDED_VALUE"])),
};

const SEVERITIES = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

export const LOG_ENUMS: EnumTable = Object.fromEntries(
  numbered("SEVERITY_NUMBER_", [
    "UNSPECIFIED",
    ...SEVERITIES.flatMap((name) => ["", "2", "3", "4"].map((level) => `${name}${level}`)),
  ]),
);
