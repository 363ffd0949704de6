import { ANY_VALUE, KEY_VALUE, RESOURCE, SCOPE } from "./common.js";
import { enumeration, items, type Message, message, nested, repeated, scalar } from "./message.js";

const SEVERITY_NUMBERS: Readonly<Record<string, number>> = Object.fromEntries([
  ["SEVERITY_NUMBER_UNSPECIFIED", 0],
  ...["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].flatMap((level, index) =>
    ["", "2", "3", "4"].map((suffix, step) => [`SEVERITY_NUMBER_${level}${suffix}`, index * 4 + step + 1]),
  ),
]);

const LOG_RECORD: Message = message("LogRecord", {
  timeUnixNano: scalar(1, "fixed64"),
  observedTimeUnixNano: scalar(11, "fixed64"),
  severityNumber: enumeration(2, SEVERITY_NUMBERS),
  severityText: scalar(3, "string"),
  body: nested(5, () => ANY_VALUE),
  attributes: repeated(6, () => KEY_VALUE),
  droppedAttributesCount: scalar(7, "uint32"),
  flags: scalar(8, "fixed32"),
  traceId: scalar(9, "traceId"),
  spanId: scalar(10, "spanId"),
  eventName: scalar(12, "string"),
});

const SCOPE_LOGS: Message = message("ScopeLogs", {
  scope: nested(1, () => SCOPE),
  logRecords: items(2, () => LOG_RECORD),
  schemaUrl: scalar(3, "string"),
});

const RESOURCE_LOGS: Message = message("ResourceLogs", {
  resource: nested(1, () => RESOURCE),
  scopeLogs: repeated(2, () => SCOPE_LOGS),
  schemaUrl: scalar(3, "string"),
});

/** opentelemetry.proto.logs.v1 of OTLP 1.10. */
export const LOGS_REQUEST: Message = message("ExportLogsServiceRequest", {
  resourceLogs: repeated(1, () => RESOURCE_LOGS),
});
