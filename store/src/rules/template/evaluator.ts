import { type Command, describe, type Node, type Pipe, type Template, type Term } from "./ast.js";
import { TemplateError } from "./error.js";
import type { Scope } from "./scope.js";
import { argumentProblem, countProblem, type Parameter, parameterTypes, type TemplateFunction } from "./signature.js";
import { GoMap, GoStruct, isTrue, typeName, type Value } from "./values.js";

/** What a call gets from the command in front of it; no argument and a nil are different things. */
type Final = { readonly value: Value } | undefined;

/** What a term is evaluated in. */
export interface Frame {
  readonly dot: Value;
  readonly scope: Scope;
}

/** Evaluates pipelines. Errors name the node that was looked at last, as in Go. */
export class Evaluator {
  readonly #template: Template;
  readonly #functions: ReadonlyMap<string, TemplateFunction>;
  #node: Node | Command | Term | undefined;
  /** Of the template that runs, for errors. */
  templateName: string;

  constructor(template: Template, functions: ReadonlyMap<string, TemplateFunction>) {
    this.#template = template;
    this.#functions = functions;
    this.templateName = template.name;
  }

  at(node: Node | Command | Term): void {
    this.#node = node;
  }

  error(message: string, options?: ErrorOptions): TemplateError {
    const { name, source } = this.#template;
    if (this.#node === undefined) return new TemplateError(`template: ${name}: ${message}`, options);
    const before = source.slice(0, this.#node.at);
    const line = before.split("\n").length;
    const column = Buffer.byteLength(before.slice(before.lastIndexOf("\n") + 1));
    const place = `${name}:${line}:${column}: executing ${JSON.stringify(this.templateName)}`;
    return new TemplateError(`template: ${place} at <${describe(this.#node)}>: ${message}`, options);
  }

  async pipe(pipe: Pipe, frame: Frame): Promise<Value> {
    this.at(pipe);
    let final: Final;
    for (const command of pipe.commands) final = { value: await this.#command(command, frame, final) };
    const value = final?.value;
    for (const name of pipe.variables) {
      this.set(pipe, name, value, frame.scope);
    }
    return value;
  }

  /** Sets a variable that a pipeline names. The parser lets `$x = 1` pass where there is no `$x`. */
  set({ isAssignment }: Pipe, name: string, value: Value, scope: Scope): void {
    if (!isAssignment) scope.declare(name, value);
    else if (scope.has(name)) scope.assign(name, value);
    else throw this.error(`undefined variable: ${name}`);
  }

  async #command(command: Command, frame: Frame, final: Final): Promise<Value> {
    const [first, ...others] = command.terms as [Term, ...Term[]];
    switch (first.kind) {
      case "function":
        this.at(first);
        return this.#callNamed(first.name, command, others, frame, final);
      case "field":
      case "chain":
        return this.#fields(first, others, frame, final);
      case "variable":
        if (first.names.length > 0) return this.#fields(first, others, frame, final);
    }
    if (first.kind !== "pipe") this.at(first);
    if (others.length > 0 || final !== undefined) {
      throw this.error(`can't give argument to non-function ${describe(first)}`);
    }
    if (first.kind === "nil") throw this.error("nil is not a command");
    return this.#operand(first, frame);
  }

  /** The value of a term that stands alone. */
  async #operand(term: Term, frame: Frame): Promise<Value> {
    switch (term.kind) {
      case "dot":
        return frame.dot;
      case "nil":
        return undefined;
      case "literal":
        this.at(term);
        return this.#literal(term.value, term.text);
      case "pipe":
        return this.pipe(term, frame);
      case "function":
        this.at(term);
        return this.#callNamed(term.name, term, [], frame, undefined);
      default:
        return this.#fields(term, [], frame, undefined);
    }
  }

  #literal(value: Value, text: string): Value {
    if (typeof value === "bigint" && value >= 2n ** 63n) throw this.error(`${text} overflows int`);
    return value;
  }

  /** `.a.b`, `$x.a.b` and `(…).a.b`; the last one may be a method with arguments. */
  async #fields(
    term: Extract<Term, { kind: "field" | "variable" | "chain" }>,
    args: readonly Term[],
    frame: Frame,
    final: Final,
  ): Promise<Value> {
    this.at(term);
    let value = await this.#receiver(term, frame);
    const { names } = term;
    for (const [index, name] of names.entries()) {
      const isLast = index === names.length - 1;
      // Only a map of any values has nil in it.
      if (index > 0 && value === undefined) throw this.error(`nil pointer evaluating interface {}.${name}`);
      value = await this.#field(value, name, term, isLast ? args : [], frame, isLast ? final : undefined);
    }
    return value;
  }

  async #receiver(term: Extract<Term, { kind: "field" | "variable" | "chain" }>, frame: Frame): Promise<Value> {
    if (term.kind === "field") return frame.dot;
    if (term.kind === "variable") {
      if (!frame.scope.has(term.name)) throw this.error(`undefined variable: ${term.name}`);
      return frame.scope.get(term.name);
    }
    if (term.term.kind === "nil") throw this.error(`indirection through explicit nil in ${describe(term)}`);
    this.at(term.term);
    return this.#operand(term.term, frame);
  }

  async #field(
    value: Value,
    name: string,
    node: Term,
    args: readonly Term[],
    frame: Frame,
    final: Final,
  ): Promise<Value> {
    if (value === undefined || value === null) return undefined;
    const method = value instanceof GoStruct ? value.methods.get(name) : undefined;
    if (method !== undefined) {
      const parameters: Parameter[] = Array.from({ length: method.length }, () => "string");
      return this.#call(name, { parameters, call: method as TemplateFunction["call"] }, node, args, frame, final);
    }
    const hasArguments = args.length > 0 || final !== undefined;
    if (value instanceof GoStruct && value.fields.has(name)) {
      if (hasArguments) throw this.error(`${name} has arguments but cannot be invoked as function`);
      return value.fields.get(name);
    }
    if (value instanceof GoMap) {
      if (hasArguments) throw this.error(`${name} is not a method but has arguments`);
      return value.entries.has(name) ? value.entries.get(name) : value.zero;
    }
    throw this.error(`can't evaluate field ${name} in type ${typeName(value)}`);
  }

  async #callNamed(
    name: string,
    node: Command | Term,
    args: readonly Term[],
    frame: Frame,
    final: Final,
  ): Promise<Value> {
    if (name === "and" || name === "or") return this.#shortCircuit(name, args, frame, final);
    const called = this.#functions.get(name);
    if (called === undefined) throw this.error(`${JSON.stringify(name)} is not a defined function`);
    return this.#call(name, called, node, args, frame, final);
  }

  /** `and` and `or` stop at the first value that decides. */
  async #shortCircuit(name: "and" | "or", args: readonly Term[], frame: Frame, final: Final): Promise<Value> {
    if (args.length === 0 && final === undefined) {
      throw this.error(`wrong number of args for ${name}: want at least 1 got 0`);
    }
    let value: Value;
    for (const arg of args) {
      value = await this.#argument(arg, "value", frame);
      if (isTrue(value) === (name === "or")) return value;
    }
    return final === undefined ? value : final.value;
  }

  async #call(
    name: string,
    called: TemplateFunction,
    node: Command | Term,
    args: readonly Term[],
    frame: Frame,
    final: Final,
  ): Promise<Value> {
    const count = args.length + (final === undefined ? 0 : 1);
    const problem = countProblem(name, called, count);
    if (problem !== undefined) throw this.error(problem);
    const values: Value[] = [];
    const parameter = (): Parameter => called.parameters[values.length] ?? called.rest ?? "any";
    for (const arg of args) values.push(await this.#argument(arg, parameter(), frame));
    if (final !== undefined) values.push(this.#checked(final.value, parameter()));
    try {
      return await called.call(...(values as never[]));
    } catch (cause) {
      this.at(node);
      throw this.error(`error calling ${name}: ${(cause as Error).message}`, { cause });
    }
  }

  async #argument(term: Term, parameter: Parameter, frame: Frame): Promise<Value> {
    this.at(term);
    const type = parameterTypes[parameter];
    if (term.kind === "nil") {
      if (parameter === "string") throw this.error(`cannot assign nil to ${type}`);
      return parameter === "value" ? undefined : null;
    }
    if (term.kind === "literal" && parameter !== "any" && parameter !== "value") {
      if (parameter !== "string") throw this.error(`can't handle ${term.text} for arg of type ${type}`);
      if (typeof term.value !== "string") throw this.error(`expected string; found ${term.text}`);
    }
    return this.#checked(await this.#operand(term, frame), parameter);
  }

  #checked(value: Value, parameter: Parameter): Value {
    const problem = argumentProblem(value, parameter);
    if (problem !== undefined) throw this.error(problem);
    return value === undefined && parameter !== "value" ? null : value;
  }
}
