import { CONTEXTS, type ContextName } from "./contexts.js";
import type { FunctionTable } from "./functions/define.js";
import type { CallNode, ConditionNode, StatementNode, ValueNode } from "./syntax/ast.js";

/** The contexts of which a path may speak, the innermost first. */
const ORDER: readonly string[] = [
  "log",
  "datapoint",
  "metric",
  "spanevent",
  "span",
  "scope",
  "instrumentation_scope",
  "resource",
];

/** What statements need of their context. */
export class Needs {
  /** First segments of paths; "" for a path that has one segment only. */
  readonly contexts: Set<string> = new Set();
  readonly functions: Set<string> = new Set();
  readonly enums: Set<string> = new Set();

  statement({ editor, where }: StatementNode): void {
    this.call(editor);
    if (where !== undefined) this.condition(where);
  }

  condition(node: ConditionNode): void {
    if (node.kind === "or" || node.kind === "and") for (const operand of node.operands) this.condition(operand);
    else if (node.kind === "not") this.condition(node.operand);
    else if (node.kind === "call") this.call(node);
    else if (node.kind === "compare") {
      this.value(node.left);
      this.value(node.right);
    }
  }

  private call(node: CallNode): void {
    this.functions.add(node.name);
    for (const argument of node.arguments) this.value(argument.value);
    for (const key of node.keys) this.value(key);
  }

  private value(node: ValueNode): void {
    switch (node.kind) {
      case "path": {
        const [first, ...rest] = node.segments;
        this.contexts.add(first !== undefined && rest.length > 0 && first.keys.length === 0 ? first.name : "");
        for (const segment of node.segments) for (const key of segment.keys) this.value(key);
        return;
      }
      case "call":
        this.call(node);
        return;
      case "enum":
        this.enums.add(node.name);
        return;
      case "list":
        for (const item of node.items) this.value(item);
        return;
      case "map":
        for (const { value } of node.entries) this.value(value);
        return;
      case "math":
        this.value(node.left);
        this.value(node.right);
        return;
      case "negation":
        this.value(node.operand);
    }
  }
}

/**
 * The context in which statements with these needs run: the innermost that a path names, or one inside of it when only
 * that has a function or enum they use. Undefined: no path names one.
 */
export function inferContext(
  needs: Needs,
  candidates: readonly ContextName[],
  functions: (context: ContextName) => FunctionTable,
): ContextName | undefined {
  const named = ORDER.find((name) => needs.contexts.has(name));
  if (named === undefined) return undefined;
  const inferred = (named === "instrumentation_scope" ? "scope" : named) as ContextName;
  const fits = (name: ContextName): boolean => {
    const known = functions(name);
    const { enums } = CONTEXTS[name];
    return (
      [...needs.functions].every((one) => known.has(one)) && [...needs.enums].every((one) => Object.hasOwn(enums, one))
    );
  };
  if (!candidates.includes(inferred) || fits(inferred)) return inferred;
  const inside = candidates.filter((name) => name !== inferred && CONTEXTS[name].paths[inferred] !== undefined);
  inside.sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  // Where nothing fits, the errors of the inferred context say what is wrong.
  return inside.find(fits) ?? inferred;
}
