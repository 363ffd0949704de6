import { compareValues } from "./compare.js";
import type { TransformContext } from "./context.js";
import type { ContextDefinition } from "./contexts.js";
import type { FunctionTable } from "./functions/define.js";
import { UNSUPPORTED_FUNCTIONS } from "./functions/unsupported.js";
import { calculate, negate } from "./math.js";
import type { Access, Key } from "./paths/access.js";
import { indexResult } from "./paths/indexing.js";
import type { CallNode, ConditionNode, PathNode, StatementNode, ValueNode } from "./syntax/ast.js";
import { hint, SyntaxProblem } from "./syntax/problem.js";
import { type PathStyle, resolvePath } from "./syntax/resolve-path.js";
import { OttlError, typeName, type Value } from "./values.js";

export type Evaluate<Result = Value> = (context: TransformContext) => Result;

/** A compiled value. `constant` is its value when that is the same for every item. */
export interface Expression {
  readonly evaluate: Evaluate;
  readonly constant?: Value;
}

/** A compiled statement: runs the editor when the condition holds. Throws OttlError. */
export type Run = (context: TransformContext) => void;

/** Compiles the trees of the parser to closures. Every method throws SyntaxProblem for what can never work. */
export class Compiler {
  readonly functions: FunctionTable;
  private readonly context: ContextDefinition;
  private readonly style: PathStyle;

  constructor(context: ContextDefinition, functions: FunctionTable, style: PathStyle) {
    this.context = context;
    this.functions = functions;
    this.style = style;
  }

  statement({ editor, where }: StatementNode): Run {
    const { evaluate } = this.call(editor);
    if (where === undefined) return evaluate;
    const holds = this.condition(where);
    return (context) => {
      if (holds(context)) evaluate(context);
    };
  }

  condition(node: ConditionNode): Evaluate<boolean> {
    switch (node.kind) {
      case "or":
        return anyOf(node.operands.map((operand) => this.condition(operand)));
      case "and":
        return allOf(node.operands.map((operand) => this.condition(operand)));
      case "not": {
        const operand = this.condition(node.operand);
        return (context) => !operand(context);
      }
      case "constant": {
        const { value } = node;
        return () => value;
      }
      case "compare": {
        const left = this.value(node.left).evaluate;
        const right = this.value(node.right).evaluate;
        const { op } = node;
        return (context) => compareValues(left(context), right(context), op);
      }
      case "call": {
        const { evaluate } = this.call(node);
        return (context) => {
          const value = evaluate(context);
          if (typeof value === "boolean") return value;
          throw new OttlError(`${node.name} as a condition must be bool but is ${typeName(value)}`);
        };
      }
    }
  }

  value(node: ValueNode): Expression {
    switch (node.kind) {
      case "string":
      case "literal":
        return constant(node.value);
      case "enum":
        return constant(this.enumValue(node.name, node.at));
      case "path": {
        const access = this.path(node);
        return { evaluate: (context) => access.get(context) };
      }
      case "call":
        return this.call(node);
      case "functionName":
        throw new SyntaxProblem(node.at, `"${node.name}" must be called: write ${node.name}(…)`);
      case "list":
        return listOf(node.items.map((item) => this.value(item)));
      case "map":
        return mapOf(node.entries.map(({ key, value }) => [key, this.value(value)] as const));
      case "math": {
        const left = this.value(node.left).evaluate;
        const right = this.value(node.right).evaluate;
        const { op } = node;
        return { evaluate: (context) => calculate(left(context), right(context), op) };
      }
      case "negation": {
        const { evaluate } = this.value(node.operand);
        return { evaluate: (context) => negate(evaluate(context)) };
      }
    }
  }

  path(node: PathNode): Access {
    const { definition, keys } = resolvePath(node, this.context, this.style);
    if (keys.length === 0 || definition.index === undefined) return definition.access;
    const compiled = keys.map((key) => this.key(key));
    return located(node.at, () => definition.index?.(compiled) ?? definition.access);
  }

  call(node: CallNode): Expression {
    const definition = this.functions.get(node.name);
    if (definition === undefined) throw this.unknownFunction(node);
    const evaluate = located(node.at, () => definition.compile(node, this));
    if (node.keys.length === 0) return { evaluate };
    const keys = node.keys.map((key) => this.key(key));
    return { evaluate: (context) => indexResult(evaluate(context), keys, context) };
  }

  private unknownFunction({ name, at }: CallNode): SyntaxProblem {
    const why = Object.hasOwn(UNSUPPORTED_FUNCTIONS, name) ? UNSUPPORTED_FUNCTIONS[name] : undefined;
    if (why !== undefined) return new SyntaxProblem(at, `the function ${name} is not supported: ${why}`);
    return new SyntaxProblem(at, `unknown function "${name}"${hint(name, this.functions.keys())}`);
  }

  private key(node: ValueNode): Key {
    if (node.kind === "literal" && typeof node.value !== "bigint") {
      throw new SyntaxProblem(node.at, "a key is a string, an integer, or an expression");
    }
    return this.value(node).evaluate;
  }

  private enumValue(name: string, at: number): bigint {
    const { enums, name: context } = this.context;
    const value = Object.hasOwn(enums, name) ? enums[name] : undefined;
    if (value !== undefined) return value;
    throw new SyntaxProblem(at, `unknown enum ${name} in the ${context} context${hint(name, Object.keys(enums))}`);
  }
}

/** What a function refuses when it is made (a pattern, a limit) is a problem of the statement. */
function located<T>(at: number, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof OttlError) throw new SyntaxProblem(at, error.message);
    throw error;
  }
}

export function constant(value: Value): Expression {
  return { evaluate: () => value, constant: value };
}

function listOf(items: readonly Expression[]): Expression {
  const evaluate: Evaluate = (context) => items.map((item) => item.evaluate(context));
  if (!items.every(isConstant)) return { evaluate };
  return constant(items.map((item) => item.constant ?? null));
}

function mapOf(entries: readonly (readonly [string, Expression])[]): Expression {
  const evaluate: Evaluate = (context) => {
    const map = new Map<string, Value>();
    for (const [key, value] of entries) map.set(key, value.evaluate(context));
    return map as Value;
  };
  if (!entries.every(([, value]) => isConstant(value))) return { evaluate };
  const map = new Map(entries.map(([key, value]) => [key, value.constant ?? null])) as Value;
  return { evaluate, constant: map };
}

export function isConstant(expression: Expression): boolean {
  return "constant" in expression;
}

function anyOf(operands: readonly Evaluate<boolean>[]): Evaluate<boolean> {
  return (context) => {
    for (const operand of operands) if (operand(context)) return true;
    return false;
  };
}

function allOf(operands: readonly Evaluate<boolean>[]): Evaluate<boolean> {
  return (context) => {
    for (const operand of operands) if (!operand(context)) return false;
    return true;
  };
}
