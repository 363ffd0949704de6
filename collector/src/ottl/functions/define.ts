import type { Compiler, Evaluate } from "../compiler.js";
import type { CallNode, ValueNode } from "../syntax/ast.js";
import { hint, SyntaxProblem } from "../syntax/problem.js";
import type { Value } from "../values.js";

/** How one argument of a function is compiled. */
export interface Param<Compiled> {
  /** For error texts and the documentation: "a path", "string". */
  readonly type: string;
  readonly isOptional: boolean;
  /** `node` is undefined for an optional argument that was left out. */
  compile(node: ValueNode | undefined, compiler: Compiler): Compiled;
}

/** Parameters by name, in the order of a call. */
export type Params = Readonly<Record<string, Param<unknown>>>;
export type Arguments<P extends Params> = { readonly [Name in keyof P]: P[Name] extends Param<infer C> ? C : never };

export interface FunctionDefinition {
  readonly name: string;
  readonly params: Params;
  /** @throws SyntaxProblem */
  compile(call: CallNode, compiler: Compiler): Evaluate;
}

export type FunctionTable = ReadonlyMap<string, FunctionDefinition>;

/**
 * A function of the language. `make` gets compiled arguments and answers what runs per item; it throws OttlError for
 * arguments that can never work.
 */
export function define<P extends Params>(
  name: string,
  params: P,
  make: (given: Arguments<P>) => Evaluate<Value | undefined>,
): FunctionDefinition {
  return {
    name,
    params,
    compile: (call, compiler) => {
      const nodes = assign(call, params);
      const compiled: Record<string, unknown> = {};
      for (const [key, param] of Object.entries(params)) compiled[key] = param.compile(nodes.get(key), compiler);
      const evaluate = make(compiled as Arguments<P>);
      return (context) => evaluate(context) ?? null;
    },
  };
}

export function tableOf(...groups: readonly (readonly FunctionDefinition[])[]): FunctionTable {
  return new Map(groups.flat().map((definition) => [definition.name, definition]));
}

/** Which argument is meant for which parameter: by position, then by name. */
function assign(call: CallNode, params: Params): ReadonlyMap<string, ValueNode> {
  const names = Object.keys(params);
  const nodes = new Map<string, ValueNode>();
  let isNamed = false;
  for (const [index, argument] of call.arguments.entries()) {
    if (argument.name === undefined) {
      if (isNamed) throw new SyntaxProblem(argument.at, "unnamed argument used after named argument");
      const name = names[index];
      if (name === undefined) throw wrongCount(call, params);
      nodes.set(name, argument.value);
      continue;
    }
    isNamed = true;
    const name = camelCase(argument.name);
    if (!Object.hasOwn(params, name)) {
      const near = hint(argument.name, names);
      throw new SyntaxProblem(argument.at, `${call.name} has no parameter "${argument.name}"${near}`);
    }
    nodes.set(name, argument.value);
  }
  if (names.some((name) => params[name]?.isOptional === false && !nodes.has(name))) throw wrongCount(call, params);
  return nodes;
}

function wrongCount(call: CallNode, params: Params): SyntaxProblem {
  const all = Object.values(params);
  const least = all.filter((param) => !param.isOptional).length;
  const wanted = least === all.length ? `${least}` : `${least} to ${all.length}`;
  const message = `${signature(call.name, params)} takes ${wanted} argument${wanted === "1" ? "" : "s"}, got ${call.arguments.length}`;
  return new SyntaxProblem(call.at, message);
}

/** `truncate_all(target, limit, [utf8Safe])`. */
export function signature(name: string, params: Params): string {
  const written = Object.entries(params).map(([key, param]) => (param.isOptional ? `[${key}]` : key));
  return `${name}(${written.join(", ")})`;
}

function camelCase(name: string): string {
  return name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
