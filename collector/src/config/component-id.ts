export type ComponentKind = "receiver" | "processor" | "connector" | "exporter" | "extension";

/** A component as named in the YAML: `type` or `type/name`. */
export interface ComponentId {
  readonly kind: ComponentKind;
  /** As written, the alias included: this is the label value in metrics and logs. */
  readonly text: string;
  readonly type: string;
  readonly name: string;
}

const TYPE = /^[a-zA-Z][0-9a-zA-Z_]{0,62}$/;

/** Splits `type/name`; undefined when it is not of that form. */
export function parseId(text: string): { type: string; name: string } | undefined {
  const slash = text.indexOf("/");
  const type = slash < 0 ? text : text.slice(0, slash);
  const name = slash < 0 ? "" : text.slice(slash + 1);
  if (!TYPE.test(type.trim()) || (slash >= 0 && name.trim() === "")) return undefined;
  return { type: type.trim(), name: name.trim() };
}
