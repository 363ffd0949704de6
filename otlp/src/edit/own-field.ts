import type { Writer } from "../wire/writer.js";
import { type EditValue, writeEditValue } from "./value.js";

/** What a field that was changed holds. */
export type OwnKind =
  | "string"
  | "bytes"
  | "uint32"
  | "sint32"
  | "bool"
  | "fixed32"
  | "fixed64"
  | "double"
  | "value"
  | "records";

/** Writes a field that was changed; `value` is what `kind` says. */
export function writeOwn(writer: Writer, field: number, kind: OwnKind, value: unknown): void {
  switch (kind) {
    case "string":
      writer.stringField(field, value as string);
      return;
    case "bytes":
      writer.bytesField(field, value as Uint8Array);
      return;
    case "uint32":
      writer.uint32Field(field, value as number);
      return;
    case "sint32":
      writer.sint32Field(field, value as number);
      return;
    case "bool":
      writer.boolField(field, value as boolean);
      return;
    case "fixed32":
      writer.fixed32Field(field, value as number);
      return;
    case "fixed64":
      writer.fixed64Field(field, value as bigint);
      return;
    case "double":
      writer.doubleField(field, value as number);
      return;
    case "value":
      writeEditValue(writer, field, value as EditValue);
      return;
    case "records":
      for (const record of value as readonly Uint8Array[]) writer.bytesField(field, record);
  }
}
