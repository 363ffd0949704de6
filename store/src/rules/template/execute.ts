import type { Node, Operand, Pipe, Template, Value } from "./ast.js";
import { printValue } from "./format.js";
import { TemplateError } from "./tokens.js";

export type TemplateFunction = (...values: Value[]) => Value | Promise<Value>;

/** An alert's text is for people: one of this size is a mistake, such as a range over every series. */
const maxOutputLength = 1024 * 1024;
const maxDepth = 100;
const maxIterations = 100_000;

/**
 * Writes a template out.
 * @param data the value of the dot and of `$`
 * @throws {TemplateError}
 */
export async function executeTemplate(
  template: Template,
  data: Value,
  variables: Readonly<Record<string, Value>>,
  functions: ReadonlyMap<string, TemplateFunction>,
): Promise<string> {
  const run = new Execution(template, functions);
  const scope = new Map<string, Value>(Object.entries({ ...variables, $: data }));
  await run.nodes(template.nodes, data, scope);
  return run.output;
}

/** Thrown by `break` and `continue`, caught by the range around them. */
class LoopJump extends Error {
  readonly kind: "break" | "continue";

  constructor(kind: "break" | "continue") {
    super(kind);
    this.kind = kind;
  }
}

class Execution {
  readonly #template: Template;
  readonly #functions: ReadonlyMap<string, TemplateFunction>;
  #depth = 0;
  #iterations = 0;
  output = "";

  constructor(template: Template, functions: ReadonlyMap<string, TemplateFunction>) {
    this.#template = template;
    this.#functions = functions;
  }

  async nodes(nodes: readonly Node[], dot: Value, outer: Map<string, Value>): Promise<void> {
    const scope = new Scope(outer);
    for (const node of nodes) await this.#node(node, dot, scope);
  }

  async #node(node: Node, dot: Value, scope: Map<string, Value>): Promise<void> {
    switch (node.kind) {
      case "text":
        return this.#write(node.text);
      case "action": {
        const value = await this.#pipe(node.pipe, dot, scope);
        if (node.pipe.variables.length === 0) this.#write(printValue(value));
        return;
      }
      case "if":
      case "with": {
        const inner = new Scope(scope);
        const value = await this.#pipe(node.pipe, dot, inner);
        const isTrue = isTruthy(value);
        await this.nodes(isTrue ? node.body : node.otherwise, isTrue && node.kind === "with" ? value : dot, inner);
        return;
      }
      case "range":
        return this.#range(node, dot, new Scope(scope));
      case "template":
        return this.#call(node.name, node.pipe && (await this.#pipe(node.pipe, dot, scope)));
      case "break":
      case "continue":
        throw new LoopJump(node.kind);
    }
  }

  async #range(
    node: Extract<Node, { kind: "range" | "if" | "with" }>,
    dot: Value,
    scope: Map<string, Value>,
  ): Promise<void> {
    const entries = rangeEntries(await this.#pipe({ ...node.pipe, variables: [] }, dot, scope));
    if (entries.length === 0) return this.nodes(node.otherwise, dot, scope);
    const names = node.pipe.variables;
    for (const [key, value] of entries) {
      if (++this.#iterations > maxIterations) throw new TemplateError("too many iterations");
      const inner = new Scope(scope);
      if (names.length === 2) inner.set(names[0] as string, key);
      const valueName = names[names.length - 1];
      if (valueName !== undefined) inner.set(valueName, value);
      try {
        await this.nodes(node.body, value, inner);
      } catch (jump) {
        if (!(jump instanceof LoopJump)) throw jump;
        if (jump.kind === "break") return;
      }
    }
  }

  async #call(name: string, data: Value): Promise<void> {
    const nodes = this.#template.named.get(name);
    if (nodes === undefined) throw new TemplateError(`template ${JSON.stringify(name)} not defined`);
    if (++this.#depth > maxDepth) throw new TemplateError("exceeded maximum template depth");
    await this.nodes(nodes, data, new Map([["$", data]]));
    this.#depth--;
  }

  async #pipe(pipe: Pipe, dot: Value, scope: Map<string, Value>): Promise<Value> {
    let value: Value;
    for (const [index, command] of pipe.commands.entries()) {
      value = await this.#command(command, dot, scope, index === 0 ? [] : [value]);
    }
    for (const name of pipe.variables) {
      if (pipe.isAssignment) assign(scope, name, value);
      else scope.set(name, value);
    }
    return value;
  }

  async #command(
    operands: readonly Operand[],
    dot: Value,
    scope: Map<string, Value>,
    last: readonly Value[],
  ): Promise<Value> {
    const first = operands[0] as Operand;
    if (first.kind !== "function") {
      if (last.length > 0) throw new TemplateError("can't give argument to non-function");
      return this.#value(first, dot, scope);
    }
    const run = async (operand: Operand): Promise<Value> => this.#value(operand, dot, scope);
    if (first.name === "and" || first.name === "or")
      return this.#shortCircuit(first.name, operands.slice(1), run, last);
    const values: Value[] = [];
    for (const operand of operands.slice(1)) values.push(await run(operand));
    return this.#apply(first.name, [...values, ...last]);
  }

  /** `and` and `or` stop at the first value that decides. */
  async #shortCircuit(
    name: "and" | "or",
    operands: readonly Operand[],
    run: (operand: Operand) => Promise<Value>,
    last: readonly Value[],
  ): Promise<Value> {
    let value: Value;
    for (const operand of operands) {
      value = await run(operand);
      if (isTruthy(value) === (name === "or")) return value;
    }
    return last.length > 0 ? last[0] : value;
  }

  async #value(operand: Operand, dot: Value, scope: Map<string, Value>): Promise<Value> {
    const value = await this.#bareValue(operand, dot, scope);
    return operand.fields.reduce(fieldOf, value);
  }

  #bareValue(operand: Operand, dot: Value, scope: Map<string, Value>): Value | Promise<Value> {
    switch (operand.kind) {
      case "dot":
        return dot;
      case "variable":
        return scope.get(operand.name);
      case "literal":
        return operand.value;
      case "function":
        return this.#apply(operand.name, []);
      case "pipe":
        return this.#pipe(operand.pipe, dot, scope);
    }
  }

  async #apply(name: string, values: Value[]): Promise<Value> {
    const called = this.#functions.get(name);
    if (called === undefined) throw new TemplateError(`function ${JSON.stringify(name)} not defined`);
    try {
      return await called(...values);
    } catch (cause) {
      throw new TemplateError(`error calling ${name}: ${(cause as Error).message}`, { cause });
    }
  }

  #write(text: string): void {
    if (this.output.length + text.length > maxOutputLength) throw new TemplateError("the text is too long");
    this.output += text;
  }
}

/** Variables of a block; what is outside stays visible. */
class Scope extends Map<string, Value> {
  readonly outer: Map<string, Value>;

  constructor(outer: Map<string, Value>) {
    super();
    this.outer = outer;
  }

  override get(name: string): Value {
    return super.has(name) ? super.get(name) : this.outer.get(name);
  }
}

function assign(scope: Map<string, Value>, name: string, value: Value): void {
  let owner = scope;
  while (owner instanceof Scope && !Map.prototype.has.call(owner, name)) owner = owner.outer;
  owner.set(name, value);
}

/** A missing key of a map of texts is its zero value, the empty text. */
function fieldOf(value: Value, name: string): Value {
  if (value === null || value === undefined) throw new TemplateError(`nil pointer evaluating interface {}.${name}`);
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new TemplateError(`can't evaluate field ${name} in type ${typeof value}`);
  }
  return Object.hasOwn(value, name) ? (value as Record<string, Value>)[name] : "";
}

export function isTruthy(value: Value): boolean {
  if (value === null || value === undefined) return false;
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value !== "object") return Boolean(value) || Number.isNaN(value);
  return Object.getPrototypeOf(value) !== Object.prototype || Object.keys(value).length > 0;
}

function rangeEntries(value: Value): (readonly [Value, Value])[] {
  if (Array.isArray(value)) return value.map((item: Value, index) => [BigInt(index), item] as const);
  if (typeof value === "bigint")
    return Array.from({ length: Math.min(maxIterations, Number(value)) }, (_, i) => [BigInt(i), BigInt(i)] as const);
  if (value === null || value === undefined) return [];
  if (typeof value !== "object") throw new TemplateError(`range can't iterate over ${printValue(value)}`);
  return Object.entries(value as Record<string, Value>).sort(([a], [b]) => (a < b ? -1 : 1));
}
