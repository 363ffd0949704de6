import type { Node, Pipe, Template } from "./ast.js";
import { type Token, tokenize } from "./lexer.js";
import { PipeParser } from "./pipe-parser.js";

/**
 * Parses the language of Go's text/template, with its error texts. Complex numbers and `call` are not supported.
 * @param name of the template in errors
 * @param functions names that may be called
 * @throws {TemplateError}
 */
export function parseTemplate(name: string, source: string, functions: ReadonlySet<string>): Template {
  return new TemplateParser(name, source, functions).parse();
}

type Control = "if" | "with" | "range";

/** What ended a list of nodes. */
interface Ending {
  readonly kind: "end" | "else";
  /** `else if` and `else with`, whose word comes next. */
  readonly next: "if" | "with" | undefined;
}

class TemplateParser {
  readonly #name: string;
  readonly #source: string;
  readonly #pipes: PipeParser;
  readonly #named = new Map<string, readonly Node[]>();
  #rangeDepth = 0;

  constructor(name: string, source: string, functions: ReadonlySet<string>) {
    this.#name = name;
    this.#source = source;
    this.#pipes = new PipeParser(name, source, tokenize(source), functions);
  }

  parse(): Template {
    const nodes: Node[] = [];
    while (this.#pipes.peek().kind !== "end") {
      if (this.#define()) continue;
      const node = this.#node();
      if ("next" in node) throw this.#pipes.error(`unexpected {{${node.kind}}}`);
      nodes.push(node);
    }
    return { name: this.#name, source: this.#source, nodes, named: this.#named };
  }

  #define(): boolean {
    const mark = this.#pipes.mark();
    if (this.#pipes.next().kind !== "left delimiter" || !this.#isKeyword(this.#pipes.nextNonSpace(), "define")) {
      this.#pipes.reset(mark);
      return false;
    }
    const name = this.#pipes.text(this.#pipes.expect("string", "define clause"));
    this.#pipes.expect("right delimiter", "define clause");
    this.#add(name, this.#ownBody("define clause"));
    return true;
  }

  /** The body of a template of its own: it sees no variables from outside. */
  #ownBody(context: string): readonly Node[] {
    const { variables } = this.#pipes;
    const rangeDepth = this.#rangeDepth;
    this.#pipes.variables = ["$"];
    this.#rangeDepth = 0;
    const { nodes, ending } = this.#list();
    if (ending.kind !== "end") throw this.#pipes.error(`unexpected {{${ending.kind}}} in ${context}`);
    this.#pipes.variables = variables;
    this.#rangeDepth = rangeDepth;
    return nodes;
  }

  /** A template that is empty may be defined again. */
  #add(name: string, nodes: readonly Node[]): void {
    const known = this.#named.get(name);
    if (known === undefined || isEmpty(known)) this.#named.set(name, nodes);
    else if (!isEmpty(nodes)) {
      throw this.#pipes.error(`template: multiple definition of template ${JSON.stringify(name)}`);
    }
  }

  #list(): { nodes: Node[]; ending: Ending } {
    const nodes: Node[] = [];
    while (this.#pipes.peekNonSpace().kind !== "end") {
      const node = this.#node();
      if ("next" in node) return { nodes, ending: node };
      nodes.push(node);
    }
    throw this.#pipes.error("unexpected EOF");
  }

  #node(): Node | Ending {
    const token = this.#pipes.nextNonSpace();
    if (token.kind === "text") return { kind: "text", text: token.text, at: token.at };
    if (token.kind !== "left delimiter") throw this.#pipes.unexpected(token, "input");
    const mark = this.#pipes.mark();
    const first = this.#pipes.nextNonSpace();
    const control = first.kind === "keyword" ? this.#control(first) : undefined;
    if (control !== undefined) return control;
    this.#pipes.reset(mark);
    const { at } = this.#pipes.peekNonSpace();
    return { kind: "action", at, pipe: this.#pipes.pipe("command", "right delimiter") };
  }

  #control({ text, at }: Token): Node | Ending | undefined {
    switch (text) {
      case "if":
      case "with":
      case "range":
        return this.#block(text);
      case "else":
        return this.#else();
      case "end":
        this.#pipes.expect("right delimiter", "end");
        return { kind: "end", next: undefined };
      case "break":
      case "continue":
        this.#pipes.expect("right delimiter", `{{${text}}}`);
        if (this.#rangeDepth === 0) throw this.#pipes.error(`{{${text}}} outside {{range}}`);
        return { kind: text, at };
      case "template": {
        const name = this.#templateName("template clause");
        return { kind: "template", ...name, pipe: this.#optionalPipe() };
      }
      case "block": {
        const name = this.#templateName("block clause");
        const pipe = this.#pipes.pipe("block clause", "right delimiter");
        this.#add(name.name, this.#ownBody("block clause"));
        return { kind: "template", ...name, pipe };
      }
      default:
        return undefined;
    }
  }

  #templateName(context: string): { name: string; at: number } {
    const token = this.#pipes.nextNonSpace();
    if (token.kind !== "string") throw this.#pipes.unexpected(token, context);
    return { name: this.#pipes.text(token), at: token.at };
  }

  #optionalPipe(): Pipe | undefined {
    if (this.#pipes.peekNonSpace().kind !== "right delimiter") {
      return this.#pipes.pipe("template clause", "right delimiter");
    }
    this.#pipes.next();
    return undefined;
  }

  #else(): Ending {
    const next = this.#pipes.peekNonSpace();
    for (const word of ["if", "with"] as const) if (this.#isKeyword(next, word)) return { kind: "else", next: word };
    this.#pipes.expect("right delimiter", "else");
    return { kind: "else", next: undefined };
  }

  #block(kind: Control): Node {
    const { length } = this.#pipes.variables;
    const pipe = this.#pipes.pipe(kind, "right delimiter");
    if (kind === "range") this.#rangeDepth++;
    const { nodes: body, ending } = this.#list();
    if (kind === "range") this.#rangeDepth--;
    const otherwise = ending.kind === "else" ? this.#otherwise(kind, ending) : [];
    this.#pipes.variables.length = length;
    return { kind, at: pipe.at, pipe, body, otherwise };
  }

  /** What follows `else`. An `else if` of an `if` is closed by the `end` of that. */
  #otherwise(kind: Control, { next }: Ending): Node[] {
    if (next !== undefined && next === kind) {
      this.#pipes.next();
      return [this.#block(next)];
    }
    const { nodes, ending } = this.#list();
    if (ending.kind !== "end") throw this.#pipes.error(`expected end; found {{${ending.kind}}}`);
    return nodes;
  }

  #isKeyword(token: Token, word: string): boolean {
    return this.#pipes.isKeyword(token, word);
  }
}

function isEmpty(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.kind === "text" && node.text.trim() === "");
}
