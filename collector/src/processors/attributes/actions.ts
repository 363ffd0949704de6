import { createHash } from "node:crypto";
import { type AttributesEdit, cloneEditValue, type EditValue } from "@venturi/otlp";
import { anyText, asDouble, asInt } from "../../ottl/functions/conversions.js";
import { Pattern } from "../../ottl/functions/regexp.js";
import { OttlError } from "../../ottl/values.js";
import type { ActionConfig } from "./action-config.js";
import { attributeValue, setValue } from "./attribute-value.js";

/** Changes attributes in place. */
export type Action = (attributes: AttributesEdit) => void;

/** The actions of a configuration, as one that does them in their order. */
export function compileActions(configs: readonly ActionConfig[]): Action {
  const actions = configs.map(compileAction);
  return (attributes) => {
    for (const action of actions) action(attributes);
  };
}

function compileAction(config: ActionConfig): Action {
  const { key, action } = config;
  const pattern = config.pattern === "" ? undefined : new Pattern(config.pattern);
  switch (action) {
    case "insert":
    case "update":
    case "upsert":
      return put(key, sourceOf(config), action !== "update", action !== "insert");
    case "delete":
      return (attributes) => {
        attributes.delete(key);
        if (pattern !== undefined) attributes.deleteWhere((name) => pattern.test(name));
      };
    case "hash":
      return (attributes) => hashAttributes(attributes, key, pattern);
    case "extract":
      return (attributes) => extract(attributes, key, pattern as Pattern);
    case "convert":
      return (attributes) => {
        const value = attributes.get(key);
        if (value !== undefined) setValue(attributes, key, converted(value, config.converted_type));
      };
  }
}

type Source = (attributes: AttributesEdit) => EditValue | undefined;

function sourceOf({ value, default_value, from_attribute }: ActionConfig): Source {
  const constant = attributeValue(value ?? undefined);
  if (constant !== undefined) return () => constant;
  const fallback = attributeValue(default_value ?? undefined);
  if (from_attribute === "") return () => fallback;
  return (attributes) => attributes.get(from_attribute) ?? (attributes.has(from_attribute) ? null : fallback);
}

function put(key: string, source: Source, mayAdd: boolean, mayReplace: boolean): Action {
  return (attributes) => {
    if (attributes.has(key) ? !mayReplace : !mayAdd) return;
    const value = source(attributes);
    if (value !== undefined) setValue(attributes, key, cloneEditValue(value));
  };
}

/** Who has a key that the pattern matches too is hashed twice, as upstream does it. */
function hashAttributes(attributes: AttributesEdit, key: string, pattern: Pattern | undefined): void {
  const value = attributes.get(key);
  if (value !== undefined) attributes.set(key, hashed(value));
  if (pattern === undefined) return;
  for (const name of attributes.keys()) {
    if (pattern.test(name)) attributes.set(name, hashed(attributes.get(name) ?? null));
  }
}

/** SHA-256 in hexadecimal digits; numbers as 8 bytes, little-endian. Of what is neither text nor bool nor number: nothing. */
function hashed(value: EditValue): string {
  const bytes = hashedBytes(value);
  return bytes === undefined ? "" : createHash("sha256").update(bytes).digest("hex");
}

function hashedBytes(value: EditValue): string | Uint8Array | undefined {
  switch (typeof value) {
    case "string":
      return value;
    case "boolean":
      return new Uint8Array([value ? 1 : 0]);
    case "bigint":
    case "number": {
      const view = new DataView(new ArrayBuffer(8));
      if (typeof value === "bigint") view.setBigInt64(0, value, true);
      else view.setFloat64(0, value, true);
      return new Uint8Array(view.buffer);
    }
    default:
      return undefined;
  }
}

function extract(attributes: AttributesEdit, key: string, pattern: Pattern): void {
  const value = attributes.get(key);
  if (typeof value !== "string") return;
  const groups = pattern.groups(value);
  if (groups === undefined) return;
  // Group 0 is the whole match.
  for (let index = 1; index < groups.length; index++) {
    setValue(attributes, pattern.groupNames[index] as string, groups[index] ?? "");
  }
}

/** What cannot be converted stays as it is. */
function converted(value: EditValue, type: ActionConfig["converted_type"]): EditValue {
  if (type === "string") return anyText(value);
  try {
    // A nil stays nil.
    return (type === "int" ? asInt(value) : asDouble(value)) ?? value;
  } catch (error) {
    if (error instanceof OttlError) return value;
    throw error;
  }
}
