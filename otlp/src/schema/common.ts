import { type Message, message, nested, repeated, repeatedScalar, scalar } from "./message.js";

/** opentelemetry.proto.common.v1 and resource.v1 of OTLP 1.10. */
export const ANY_VALUE: Message = message("AnyValue", {
  stringValue: scalar(1, "string"),
  boolValue: scalar(2, "bool"),
  intValue: scalar(3, "int64"),
  doubleValue: scalar(4, "double"),
  arrayValue: nested(5, () => ARRAY_VALUE),
  kvlistValue: nested(6, () => KEY_VALUE_LIST),
  bytesValue: scalar(7, "bytes"),
});

const ARRAY_VALUE: Message = message("ArrayValue", { values: repeated(1, () => ANY_VALUE) });

const KEY_VALUE_LIST: Message = message("KeyValueList", { values: repeated(1, () => KEY_VALUE) });

export const KEY_VALUE: Message = message("KeyValue", {
  key: scalar(1, "string"),
  value: nested(2, () => ANY_VALUE),
});

export const SCOPE: Message = message("InstrumentationScope", {
  name: scalar(1, "string"),
  version: scalar(2, "string"),
  attributes: repeated(3, () => KEY_VALUE),
  droppedAttributesCount: scalar(4, "uint32"),
});

const ENTITY_REF: Message = message("EntityRef", {
  schemaUrl: scalar(1, "string"),
  type: scalar(2, "string"),
  idKeys: repeatedScalar(3, "string"),
  descriptionKeys: repeatedScalar(4, "string"),
});

export const RESOURCE: Message = message("Resource", {
  attributes: repeated(1, () => KEY_VALUE),
  droppedAttributesCount: scalar(2, "uint32"),
  entityRefs: repeated(3, () => ENTITY_REF),
});
