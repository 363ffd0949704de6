import type { Node, Operand, Pipe, Template } from "./ast.js";
import { TemplateError, type Token, tokenize } from "./tokens.js";

/** `{{` with its trim marker, the action, and `}}` with its own. Strings may hold braces. */
const actionPattern =
  /\{\{(- )?(\/\*[\s\S]*?\*\/|(?:"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)*'|[^"`'}]|\}(?!\}))*?)( ?-)?\}\}/g;

/**
 * Parses the language of Go's text/template, as alerts use it.
 * @param functions names that may be called
 * @throws {TemplateError}
 */
export function parseTemplate(text: string, functions: ReadonlySet<string>, variables: readonly string[]): Template {
  return new TemplateParser(functions, variables).parse(text);
}

interface Block {
  readonly kind: "if" | "with" | "range" | "define" | "root";
  /** Where nodes go now: the body, or what follows `else`. */
  nodes: Node[];
  readonly variablesBefore: number;
  /** An `else if` is closed by the `end` of the `if` it belongs to. */
  readonly isChained: boolean;
}

class TemplateParser {
  readonly #functions: ReadonlySet<string>;
  readonly #variables: string[];
  readonly #blocks: Block[] = [];
  readonly #named = new Map<string, Node[]>();

  constructor(functions: ReadonlySet<string>, variables: readonly string[]) {
    this.#functions = functions;
    this.#variables = ["$", ...variables];
  }

  parse(text: string): Template {
    const root: Node[] = [];
    this.#blocks.push({ kind: "root", nodes: root, variablesBefore: 0, isChained: false });
    let at = 0;
    let trimsNext = false;
    for (const match of text.matchAll(actionPattern)) {
      this.#text(text.slice(at, match.index), trimsNext, match[1] !== undefined);
      trimsNext = match[3] !== undefined;
      at = match.index + match[0].length;
      const action = match[2] ?? "";
      if (!action.startsWith("/*")) this.#action(action);
    }
    const rest = text.slice(at);
    if (rest.includes("{{")) throw new TemplateError("unclosed action");
    this.#text(rest, trimsNext, false);
    if (this.#blocks.length > 1) throw new TemplateError("unexpected EOF");
    return { nodes: root, named: this.#named };
  }

  #text(text: string, trimsStart: boolean, trimsEnd: boolean): void {
    let shown = text;
    if (trimsStart) shown = shown.trimStart();
    if (trimsEnd) shown = shown.trimEnd();
    if (shown !== "") this.#top.nodes.push({ kind: "text", text: shown });
  }

  get #top(): Block {
    return this.#blocks[this.#blocks.length - 1] as Block;
  }

  #action(action: string): void {
    const tokens = tokenize(action);
    const [first] = tokens;
    if (first?.kind !== "word") {
      this.#pipeAction(tokens);
      return;
    }
    const rest = tokens.slice(1);
    switch (first.text) {
      case "if":
      case "with":
      case "range":
        this.#open(first.text, rest, false);
        return;
      case "else":
        this.#else(rest);
        return;
      case "end":
        this.#end();
        return;
      case "break":
      case "continue":
        if (!this.#blocks.some(({ kind }) => kind === "range"))
          throw new TemplateError(`{{${first.text}}} outside {{range}}`);
        this.#top.nodes.push({ kind: first.text });
        return;
      case "define":
        this.#define(rest);
        return;
      case "template": {
        const [name] = rest;
        if (name?.kind !== "text") throw new TemplateError("template clause needs a name");
        const pipe = rest.length > 1 ? this.#pipe(rest.slice(1)) : undefined;
        this.#top.nodes.push({ kind: "template", name: name.text, pipe });
        return;
      }
      default:
        this.#pipeAction(tokens);
    }
  }

  #pipeAction(tokens: readonly Token[]): void {
    if (tokens.length === 0) throw new TemplateError("missing value for command");
    this.#top.nodes.push({ kind: "action", pipe: this.#pipe(tokens) });
  }

  #open(kind: "if" | "with" | "range", tokens: readonly Token[], isChained: boolean): void {
    if (tokens.length === 0) throw new TemplateError(`missing value for ${kind}`);
    const variablesBefore = this.#variables.length;
    const pipe = this.#pipe(tokens);
    const body: Node[] = [];
    this.#top.nodes.push({ kind, pipe, body, otherwise: [] });
    this.#blocks.push({ kind, nodes: body, variablesBefore, isChained });
  }

  #else(tokens: readonly Token[]): void {
    const block = this.#top;
    if (block.kind === "root" || block.kind === "define") throw new TemplateError("unexpected {{else}}");
    const parent = this.#blocks[this.#blocks.length - 2] as Block;
    const node = parent.nodes[parent.nodes.length - 1];
    if (node === undefined || !("otherwise" in node) || block.nodes === node.otherwise) {
      throw new TemplateError("expected end; found {{else}}");
    }
    block.nodes = node.otherwise;
    const [next] = tokens;
    if (next === undefined) return;
    if (next.text !== "if" && next.text !== "with") throw new TemplateError(`unexpected ${next.text} in {{else}}`);
    this.#open(next.text, tokens.slice(1), true);
  }

  #end(): void {
    for (;;) {
      const block = this.#blocks.pop();
      if (block === undefined || block.kind === "root") throw new TemplateError("unexpected {{end}}");
      this.#variables.length = block.variablesBefore;
      if (!block.isChained) return;
    }
  }

  #define(tokens: readonly Token[]): void {
    const [name] = tokens;
    if (name?.kind !== "text" || tokens.length > 1) throw new TemplateError("define clause needs a name");
    const nodes: Node[] = [];
    this.#named.set(name.text, nodes);
    this.#blocks.push({ kind: "define", nodes, variablesBefore: this.#variables.length, isChained: false });
  }

  #pipe(tokens: readonly Token[]): Pipe {
    const { names, isAssignment, length } = declaration(tokens);
    const rest = tokens.slice(length);
    const commands = splitCommands(rest).map((command) => this.#command(command));
    if (isAssignment) for (const name of names) this.#checkVariable(name);
    else this.#variables.push(...names);
    return { variables: names, isAssignment, commands };
  }

  #command(tokens: readonly Token[]): Operand[] {
    const operands: Operand[] = [];
    for (let at = 0; at < tokens.length; ) {
      const [operand, next] = this.#operand(tokens, at);
      operands.push(operand);
      at = next;
    }
    if (operands.length === 0) throw new TemplateError("missing value for command");
    const [first] = operands;
    if (operands.length > 1 && first?.kind !== "function") {
      throw new TemplateError("can't give argument to non-function");
    }
    return operands;
  }

  #operand(tokens: readonly Token[], at: number): [Operand, number] {
    const token = tokens[at] as Token;
    if (token.kind === "mark" && token.text === "(") {
      const close = closing(tokens, at);
      return withFields({ kind: "pipe", pipe: this.#pipe(tokens.slice(at + 1, close)), fields: [] }, tokens, close + 1);
    }
    if (token.kind === "field") return withFields({ kind: "dot", fields: [token.text] }, tokens, at + 1);
    if (token.kind === "mark" && token.text === ".") return [{ kind: "dot", fields: [] }, at + 1];
    if (token.kind === "variable") {
      this.#checkVariable(token.text);
      return withFields({ kind: "variable", name: token.text, fields: [] }, tokens, at + 1);
    }
    return [this.#literalOrFunction(token), at + 1];
  }

  #literalOrFunction(token: Token): Operand {
    const literal = (value: Operand extends { value: infer V } ? V : unknown): Operand => {
      return { kind: "literal", value: value as string, fields: [] };
    };
    if (token.kind === "text") return literal(token.text);
    if (token.kind === "character") return literal(BigInt(token.text.codePointAt(0) ?? 0));
    if (token.kind === "number") return literal(number(token.text));
    if (token.text === "true" || token.text === "false") return literal(token.text === "true");
    if (token.text === "nil") return literal(null);
    if (token.kind !== "word") throw new TemplateError(`unexpected ${JSON.stringify(token.text)} in operand`);
    if (!this.#functions.has(token.text)) throw new TemplateError(`function ${JSON.stringify(token.text)} not defined`);
    return { kind: "function", name: token.text, fields: [] };
  }

  #checkVariable(name: string): void {
    if (!this.#variables.includes(name)) throw new TemplateError(`undefined variable ${JSON.stringify(name)}`);
  }
}

function declaration(tokens: readonly Token[]): { names: string[]; isAssignment: boolean; length: number } {
  const at = tokens.findIndex(({ kind, text }) => kind === "mark" && (text === ":=" || text === "="));
  if (at < 0) return { names: [], isAssignment: false, length: 0 };
  const names = tokens.slice(0, at).filter(({ kind }) => kind === "variable");
  if (names.length === 0 || names.length > 2) throw new TemplateError('unexpected ":=" in command');
  return { names: names.map(({ text }) => text), isAssignment: tokens[at]?.text === "=", length: at + 1 };
}

function splitCommands(tokens: readonly Token[]): Token[][] {
  const commands: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === "mark" && token.text === "(") depth++;
    if (token.kind === "mark" && token.text === ")") depth--;
    if (depth < 0) throw new TemplateError("unexpected right paren");
    if (token.kind === "mark" && token.text === "|" && depth === 0) commands.push([]);
    else commands[commands.length - 1]?.push(token);
  }
  return commands;
}

function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const { kind, text } = tokens[at] as Token;
    if (kind !== "mark") continue;
    if (text === "(") depth++;
    if (text === ")" && --depth === 0) return at;
  }
  throw new TemplateError("unclosed left paren");
}

function withFields(operand: Operand, tokens: readonly Token[], from: number): [Operand, number] {
  const fields = [...operand.fields];
  let at = from;
  for (let token = tokens[at]; token?.kind === "field" && token.isAdjacent; token = tokens[++at])
    fields.push(token.text);
  return [{ ...operand, fields }, at];
}

function number(text: string): number | bigint {
  const digits = text.replaceAll("_", "");
  if (/^[+-]?(\d+|0x[\da-f]+)$/i.test(digits)) {
    return digits.startsWith("-") ? -BigInt(digits.slice(1)) : BigInt(digits.replace("+", ""));
  }
  return Number(digits);
}
