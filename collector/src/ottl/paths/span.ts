import type { TransformContext } from "../context.js";
import { Messages, OttlError } from "../values.js";
import {
  attributes,
  expectMessages,
  expectString,
  fixed32,
  id,
  idText,
  messages,
  nanos,
  type PathDefinition,
  type PathTable,
  readOnly,
  string,
  time,
  uint32,
} from "./access.js";
import { indexTraceState } from "./trace-state.js";

const TRACE_STATE = 3;
const KIND = 6;
const STATUS = 15;

const span = (context: TransformContext) => context.span;
const status = (context: TransformContext) => context.span.message(STATUS);
const event = (context: TransformContext) => context.event;

const KINDS = ["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"];
const OLD_KINDS = KINDS.map((kind) => `SPAN_KIND_${kind.toUpperCase()}`);

function kindText(names: readonly string[], unknown: string): PathDefinition {
  return {
    type: "string",
    access: {
      get: ({ span: one }) => names[one.getUint32(KIND)] ?? unknown,
      set: ({ span: one }, value) => {
        const kind = names.indexOf(expectString(value));
        if (kind < 0) throw new OttlError(`unknown span kind ${JSON.stringify(value)}`);
        one.setUint32(KIND, kind);
      },
    },
  };
}

function checkFlags(value: bigint): void {
  if (value < 0n || value > 0xffff_ffffn) throw new OttlError(`value ${value} is out of range for uint32`);
}

export const SPAN_PATHS: PathTable = {
  attributes: attributes((context) => context.span.attributes(9)),
  trace_id: id(span, 1, 16),
  "trace_id.string": idText(span, 1, 16),
  span_id: id(span, 2, 8),
  "span_id.string": idText(span, 2, 8),
  parent_span_id: id(span, 4, 8),
  "parent_span_id.string": idText(span, 4, 8),
  trace_state: { ...string(span, TRACE_STATE), index: indexTraceState },
  status: {
    type: "ptrace.Status",
    access: {
      get: (context) => new Messages("ptrace.Status", false, [context.span.getBytes(STATUS)]),
      set: (context, value) => {
        const [record] = expectMessages(value, "ptrace.Status").records;
        if (record !== undefined) context.span.setBytes(STATUS, record);
      },
    },
  },
  "status.code": uint32(status, 3),
  "status.message": string(status, 2),
  name: string(span, 5),
  kind: uint32(span, KIND),
  "kind.string": kindText(KINDS, ""),
  "kind.deprecated_string": kindText(OLD_KINDS, ""),
  start_time_unix_nano: nanos(span, 7),
  end_time_unix_nano: nanos(span, 8),
  start_time: time(span, 7),
  end_time: time(span, 8),
  dropped_attributes_count: uint32(span, 10),
  events: messages(span, () => 11, "ptrace.SpanEventSlice"),
  dropped_events_count: uint32(span, 12),
  links: messages(span, () => 13, "ptrace.SpanLinkSlice"),
  dropped_links_count: uint32(span, 14),
  flags: fixed32(span, 16, checkFlags),
};

export const SPAN_EVENT_PATHS: PathTable = {
  attributes: attributes((context) => context.event.attributes(3)),
  time_unix_nano: nanos(event, 1),
  time: time(event, 1),
  name: string(event, 2),
  dropped_attributes_count: uint32(event, 4),
  event_index: readOnly("int64", (context) => BigInt(context.eventIndex)),
};
