import type { Value } from "./values.js";

/** Where a node begins, as an offset in the template; errors name it. */
interface Placed {
  readonly at: number;
}

export type Term = Placed &
  (
    | { readonly kind: "dot" | "nil" }
    | { readonly kind: "literal"; readonly value: Exclude<Value, object | null | undefined>; readonly text: string }
    /** `.a.b` of the dot. */
    | { readonly kind: "field"; readonly names: readonly string[] }
    /** `$name.a.b`. */
    | { readonly kind: "variable"; readonly name: string; readonly names: readonly string[] }
    | { readonly kind: "function"; readonly name: string }
    /** `(…).a.b`. */
    | { readonly kind: "chain"; readonly term: Term; readonly names: readonly string[] }
    | Pipe
  );

/** A function or method and its arguments, or a single value. */
export interface Command extends Placed {
  readonly terms: readonly Term[];
}

/** `$a, $b := first arg | second`: each command's result is the last argument of the next. */
export interface Pipe extends Placed {
  readonly kind: "pipe";
  readonly variables: readonly string[];
  /** `=` to variables that exist, not `:=`. */
  readonly isAssignment: boolean;
  readonly commands: readonly Command[];
}

export type Node = Placed &
  (
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "action"; readonly pipe: Pipe }
    | {
        readonly kind: "if" | "with" | "range";
        readonly pipe: Pipe;
        readonly body: readonly Node[];
        readonly otherwise: readonly Node[];
      }
    | { readonly kind: "break" | "continue" }
    | { readonly kind: "template"; readonly name: string; readonly pipe: Pipe | undefined }
  );

export interface Template {
  /** In error texts. */
  readonly name: string;
  readonly source: string;
  readonly nodes: readonly Node[];
  /** `{{define "name"}}` and `{{block "name" …}}`. */
  readonly named: ReadonlyMap<string, readonly Node[]>;
}

/** A term, command or action as Go writes it in error texts. */
export function describe(node: Term | Command | Node): string {
  if ("terms" in node) {
    return node.terms.map((term) => (term.kind === "pipe" ? `(${describe(term)})` : describe(term))).join(" ");
  }
  switch (node.kind) {
    case "dot":
      return ".";
    case "nil":
      return "nil";
    case "literal":
      return node.text;
    case "field":
      return dotted(node.names);
    case "variable":
      return node.name + dotted(node.names);
    case "function":
      return node.name;
    case "chain":
      return (node.term.kind === "pipe" ? `(${describe(node.term)})` : describe(node.term)) + dotted(node.names);
    case "pipe":
      return describePipe(node);
    case "action":
      return `{{${describe(node.pipe)}}}`;
    case "template":
      return `{{template ${JSON.stringify(node.name)}${node.pipe === undefined ? "" : ` ${describe(node.pipe)}`}}}`;
    case "text":
      return node.text;
    default:
      return `{{${node.kind}}}`;
  }
}

function describePipe({ variables, isAssignment, commands }: Pipe): string {
  const declared = variables.length === 0 ? "" : `${variables.join(", ")} ${isAssignment ? "=" : ":="} `;
  return declared + commands.map(describe).join(" | ");
}

function dotted(names: readonly string[]): string {
  return names.map((name) => `.${name}`).join("");
}
