/** What a template computes with. Go's ints are bigints here and its floats numbers, since it never mixes them. */
export type Value = string | number | bigint | boolean | null | undefined | object;

/** Something that has a value; `fields` are the `.a.b` behind it. */
export type Operand = { readonly fields: readonly string[] } & (
  | { readonly kind: "dot" }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "literal"; readonly value: Value }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "pipe"; readonly pipe: Pipe }
);

/** `$a, $b := first arg | second`: each command's result is the last argument of the next. */
export interface Pipe {
  readonly variables: readonly string[];
  /** `=` to a variable that exists, not `:=`. */
  readonly isAssignment: boolean;
  readonly commands: readonly (readonly Operand[])[];
}

export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipe: Pipe }
  | { readonly kind: "if" | "with" | "range"; readonly pipe: Pipe; readonly body: Node[]; readonly otherwise: Node[] }
  | { readonly kind: "break" | "continue" }
  | { readonly kind: "template"; readonly name: string; readonly pipe: Pipe | undefined };

export interface Template {
  readonly nodes: readonly Node[];
  /** `{{define "name"}}`. */
  readonly named: ReadonlyMap<string, readonly Node[]>;
}
