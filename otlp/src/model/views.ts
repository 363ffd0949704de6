import type { AttributesView, AttributeValue } from "./attributes.js";

export interface ResourceView {
  readonly attributes: AttributesView;
  readonly schemaUrl: string;
}

export interface ScopeView {
  readonly name: string;
  readonly version: string;
  readonly attributes: AttributesView;
}

export interface SpanEvent {
  readonly timeUnixNano: bigint;
  readonly name: string;
  readonly attributes: Record<string, AttributeValue>;
  readonly droppedAttributesCount: number;
}

export interface SpanLink {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  readonly traceState: string;
  readonly attributes: Record<string, AttributeValue>;
  readonly droppedAttributesCount: number;
  readonly flags: number;
}

/** A span read in place: every property decodes when it is read. Valid only during the callback it is given to. */
export interface SpanView {
  /** 32 hex digits, "" when the sender left it out. */
  readonly traceId: string;
  readonly traceIdBytes: Uint8Array;
  /** 16 hex digits, "" when the sender left it out. */
  readonly spanId: string;
  /** 16 hex digits, "" for a root span. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  /** opentelemetry.proto.trace.v1.Span.SpanKind: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly startTimeUnixNano: bigint;
  readonly endTimeUnixNano: bigint;
  /** end - start; 0 when the end lies before the start. */
  readonly durationNano: number;
  /** 0 unset, 1 ok, 2 error. */
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly flags: number;
  readonly attributes: AttributesView;
  readonly events: SpanEvent[];
  readonly links: SpanLink[];
  /** The Span message itself, without tag and length. */
  readonly bytes: Uint8Array;
}

/** A log record read in place, like SpanView. */
export interface LogRecordView {
  readonly timeUnixNano: bigint;
  readonly observedTimeUnixNano: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: AttributeValue;
  /** 32 hex digits or "". */
  readonly traceId: string;
  /** 16 hex digits or "". */
  readonly spanId: string;
  readonly eventName: string;
  readonly flags: number;
  readonly attributes: AttributesView;
  /** The LogRecord message itself, without tag and length. */
  readonly bytes: Uint8Array;
}
