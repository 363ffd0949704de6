import { KEY_VALUE, RESOURCE, SCOPE } from "./common.js";
import { enumeration, items, type Message, message, nested, repeated, scalar } from "./message.js";

const EVENT: Message = message("Event", {
  timeUnixNano: scalar(1, "fixed64"),
  name: scalar(2, "string"),
  attributes: repeated(3, () => KEY_VALUE),
  droppedAttributesCount: scalar(4, "uint32"),
});

const LINK: Message = message("Link", {
  traceId: scalar(1, "traceId"),
  spanId: scalar(2, "spanId"),
  traceState: scalar(3, "string"),
  attributes: repeated(4, () => KEY_VALUE),
  droppedAttributesCount: scalar(5, "uint32"),
  flags: scalar(6, "fixed32"),
});

const STATUS: Message = message("Status", {
  message: scalar(2, "string"),
  code: enumeration(3, { STATUS_CODE_UNSET: 0, STATUS_CODE_OK: 1, STATUS_CODE_ERROR: 2 }),
});

const SPAN: Message = message("Span", {
  traceId: scalar(1, "traceId"),
  spanId: scalar(2, "spanId"),
  traceState: scalar(3, "string"),
  parentSpanId: scalar(4, "spanId"),
  flags: scalar(16, "fixed32"),
  name: scalar(5, "string"),
  kind: enumeration(6, {
    SPAN_KIND_UNSPECIFIED: 0,
    SPAN_KIND_INTERNAL: 1,
    SPAN_KIND_SERVER: 2,
    SPAN_KIND_CLIENT: 3,
    SPAN_KIND_PRODUCER: 4,
    SPAN_KIND_CONSUMER: 5,
  }),
  startTimeUnixNano: scalar(7, "fixed64"),
  endTimeUnixNano: scalar(8, "fixed64"),
  attributes: repeated(9, () => KEY_VALUE),
  droppedAttributesCount: scalar(10, "uint32"),
  events: repeated(11, () => EVENT),
  droppedEventsCount: scalar(12, "uint32"),
  links: repeated(13, () => LINK),
  droppedLinksCount: scalar(14, "uint32"),
  status: nested(15, () => STATUS),
});

const SCOPE_SPANS: Message = message("ScopeSpans", {
  scope: nested(1, () => SCOPE),
  spans: items(2, () => SPAN),
  schemaUrl: scalar(3, "string"),
});

const RESOURCE_SPANS: Message = message("ResourceSpans", {
  resource: nested(1, () => RESOURCE),
  scopeSpans: repeated(2, () => SCOPE_SPANS),
  schemaUrl: scalar(3, "string"),
});

/** opentelemetry.proto.trace.v1 of OTLP 1.10. */
export const TRACES_REQUEST: Message = message("ExportTraceServiceRequest", {
  resourceSpans: repeated(1, () => RESOURCE_SPANS),
});
