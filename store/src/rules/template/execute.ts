import type { Node, Template } from "./ast.js";
import { Evaluator, type Frame } from "./evaluator.js";
import { printValue } from "./print.js";
import { Scope } from "./scope.js";
import type { TemplateFunction } from "./signature.js";
import { GoMap, isTrue, type Value } from "./values.js";

/** An alert's text is for people: one of this size is a mistake, such as a range over every series. */
const maxOutputLength = 1024 * 1024;
const maxIterations = 100_000;
/** Templates that call each other deeper do so for ever; Go's limit, 100,000, would not fit the stack. */
const maxDepth = 1000;

/**
 * Writes a template out.
 * @param data the value of the dot and of `$`
 * @throws {TemplateError}
 */
export async function executeTemplate(
  template: Template,
  data: Value,
  functions: ReadonlyMap<string, TemplateFunction>,
): Promise<string> {
  const execution = new Execution(template, functions);
  await execution.nodes(template.nodes, { dot: data, scope: new Scope(data) });
  return execution.output;
}

/** What a list of nodes ended with. */
type Jump = "break" | "continue" | undefined;

class Execution {
  readonly #template: Template;
  readonly #evaluator: Evaluator;
  #depth = 0;
  #iterations = 0;
  output = "";

  constructor(template: Template, functions: ReadonlyMap<string, TemplateFunction>) {
    this.#template = template;
    this.#evaluator = new Evaluator(template, functions);
  }

  async nodes(nodes: readonly Node[], frame: Frame): Promise<Jump> {
    for (const node of nodes) {
      const jump = await this.#node(node, frame);
      if (jump !== undefined) return jump;
    }
    return undefined;
  }

  async #node(node: Node, frame: Frame): Promise<Jump> {
    this.#evaluator.at(node);
    switch (node.kind) {
      case "text":
        this.#write(node.text);
        return undefined;
      case "action": {
        const value = await this.#evaluator.pipe(node.pipe, frame);
        this.#evaluator.at(node);
        if (node.pipe.variables.length === 0) this.#write(value === undefined ? "<no value>" : printValue(value));
        return undefined;
      }
      case "if":
      case "with":
        return this.#choice(node, frame);
      case "range":
        return this.#range(node, frame);
      case "template":
        await this.#call(node, frame);
        return undefined;
      default:
        return node.kind;
    }
  }

  async #choice(node: Extract<Node, { kind: "if" | "with" | "range" }>, frame: Frame): Promise<Jump> {
    const { size } = frame.scope;
    const value = await this.#evaluator.pipe(node.pipe, frame);
    const isTaken = isTrue(value);
    const inner = isTaken && node.kind === "with" ? { ...frame, dot: value } : frame;
    const jump = await this.nodes(isTaken ? node.body : node.otherwise, inner);
    frame.scope.cut(size);
    return jump;
  }

  async #range(node: Extract<Node, { kind: "if" | "with" | "range" }>, frame: Frame): Promise<Jump> {
    const { scope } = frame;
    const { size } = scope;
    const value = await this.#evaluator.pipe({ ...node.pipe, variables: [] }, frame);
    const entries = this.#entries(value, node.pipe.variables.length);
    if (entries.length === 0) {
      // The variables are there, without anything in them that could be seen.
      const jump = await this.nodes(node.otherwise, frame);
      scope.cut(size);
      return jump;
    }
    const [first, second] = node.pipe.variables;
    for (const [key, item] of entries) {
      if (++this.#iterations > maxIterations) throw this.#evaluator.error("too many iterations");
      const set = (name: string, to: Value): void => this.#evaluator.set(node.pipe, name, to, scope);
      if (first !== undefined) set(first, second === undefined ? item : key);
      if (second !== undefined) set(second, item);
      const jump = await this.nodes(node.body, { dot: item, scope });
      scope.cut(size);
      if (jump === "break") break;
    }
    return undefined;
  }

  #entries(value: Value, variableCount: number): readonly (readonly [Value, Value])[] {
    if (Array.isArray(value)) return value.map((item: Value, index) => [BigInt(index), item] as const);
    if (value instanceof GoMap) return [...value.entries];
    if (value === undefined || value === null) return [];
    if (typeof value !== "bigint") throw this.#evaluator.error(`range can't iterate over ${printValue(value)}`);
    if (variableCount > 1) throw this.#evaluator.error(`can't use ${value} to iterate over more than one variable`);
    const length = value > maxIterations ? maxIterations + 1 : Math.max(0, Number(value));
    return Array.from({ length }, (_, index) => [undefined, BigInt(index)] as const);
  }

  async #call({ name, pipe }: Extract<Node, { kind: "template" }>, frame: Frame): Promise<void> {
    const nodes = name === this.#template.name ? this.#template.nodes : this.#template.named.get(name);
    if (nodes === undefined) throw this.#evaluator.error(`template ${JSON.stringify(name)} not defined`);
    if (this.#depth === maxDepth) throw this.#evaluator.error(`exceeded maximum template depth (${maxDepth})`);
    const dot = pipe === undefined ? undefined : await this.#evaluator.pipe(pipe, frame);
    const { templateName } = this.#evaluator;
    this.#evaluator.templateName = name;
    this.#depth++;
    await this.nodes(nodes, { dot, scope: new Scope(dot) });
    this.#depth--;
    this.#evaluator.templateName = templateName;
  }

  #write(text: string): void {
    if (this.output.length + text.length > maxOutputLength) throw this.#evaluator.error("the text is too long");
    this.output += text;
  }
}
