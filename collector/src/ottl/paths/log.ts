import { anyValueText } from "../../records/any-value-text.js";
import type { TransformContext } from "../context.js";
import { isMap, OttlError, toStored, typeName } from "../values.js";
import {
  type Access,
  attributes,
  expectString,
  fixed32,
  id,
  idText,
  type Key,
  nanos,
  type PathTable,
  string,
  time,
  uint32,
} from "./access.js";
import { getIndexed, withIndexed } from "./indexing.js";

const BODY = 5;
const log = (context: TransformContext) => context.log;

export const LOG_PATHS: PathTable = {
  attributes: attributes((context) => context.log.attributes(6)),
  event_name: string(log, 12),
  trace_id: id(log, 9, 16),
  "trace_id.string": idText(log, 9, 16),
  span_id: id(log, 10, 8),
  "span_id.string": idText(log, 10, 8),
  time_unix_nano: nanos(log, 1),
  observed_time_unix_nano: nanos(log, 11),
  time: time(log, 1),
  observed_time: time(log, 11),
  severity_number: uint32(log, 2),
  severity_text: string(log, 3),
  body: {
    type: "any",
    access: {
      get: (context) => context.log.getValue(BODY),
      set: (context, value) => context.log.setValue(BODY, toStored(value)),
    },
    index: indexBody,
  },
  "body.string": {
    type: "string",
    access: {
      get: (context) => {
        const bytes = context.log.getBytes(BODY);
        return anyValueText(bytes, 0, bytes.length);
      },
      set: (context, value) => context.log.setValue(BODY, expectString(value)),
    },
  },
  dropped_attributes_count: uint32(log, 7),
  flags: fixed32(log, 8),
};

function indexBody(keys: readonly Key[]): Access {
  return {
    get: (context) => {
      const body = context.log.getValue(BODY);
      if (isMap(body)) return getIndexed(body, keys, context);
      if (!Array.isArray(body)) throw new OttlError(`log bodies of type ${typeName(body)} cannot be indexed`);
      // A list is walked as the value of a map is, whose key is known.
      return getIndexed(new Map([["", body]]), [() => "", ...keys], context);
    },
    set: (context, value) => {
      const body = context.log.getValue(BODY);
      if (!isMap(body) && !Array.isArray(body)) {
        throw new OttlError(`log bodies of type ${typeName(body)} cannot be indexed`);
      }
      context.log.setValue(BODY, withIndexed(body, keys, context, toStored(value)));
    },
  };
}
