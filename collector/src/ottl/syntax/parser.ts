import type { CompareOp } from "../compare.js";
import type { MathOp } from "../math.js";
import type { ArgumentNode, CallNode, ConditionNode, PathNode, SegmentNode, StatementNode, ValueNode } from "./ast.js";
import { type Token, tokenize } from "./lexer.js";
import { SyntaxProblem } from "./problem.js";

const COMPARISONS = new Set(["==", "!=", "<", "<=", ">", ">="]);
const RESERVED = new Set(["nil", "not", "or", "and", "true", "false"]);

/** `set(span.name, "a") where span.kind == SPAN_KIND_SERVER`. @throws SyntaxProblem */
export function parseStatement(source: string): StatementNode {
  const parser = new Parser(source);
  const statement = parser.statement();
  parser.end();
  return statement;
}

/** What may follow `where`. @throws SyntaxProblem */
export function parseCondition(source: string): ConditionNode {
  const parser = new Parser(source);
  const condition = parser.condition();
  parser.end();
  return condition;
}

/** A value alone. @throws SyntaxProblem */
export function parseValue(source: string): ValueNode {
  const parser = new Parser(source);
  const value = parser.value();
  parser.end();
  return value;
}

/** A parser by recursive descent; where the grammar is ambiguous (a bracket may open a value or a condition) it tries both. */
class Parser {
  private readonly source: string;
  private readonly tokens: readonly Token[];
  private position = 0;
  /** The failure that came furthest explains best what is wrong. */
  private furthest: SyntaxProblem | undefined;

  constructor(source: string) {
    this.source = source;
    this.tokens = tokenize(source);
  }

  statement(): StatementNode {
    const { at, kind, text } = this.token;
    if (kind !== "name" || RESERVED.has(text)) throw this.unexpected("a function");
    if (isCapital(text))
      throw new SyntaxProblem(at, `editor names must start with a lowercase letter, but got "${text}"`);
    const editor = this.call();
    if (editor.keys.length > 0) throw new SyntaxProblem(at, "only paths and converters may be indexed, not editors");
    const where = this.acceptWord("where") ? this.condition() : undefined;
    return { at, editor, where };
  }

  condition(): ConditionNode {
    return this.chain("or", () => this.chain("and", () => this.negatable()));
  }

  value(): ValueNode {
    const { kind, text, at } = this.token;
    switch (kind) {
      case "string":
        this.position++;
        return { kind: "string", value: text, at };
      case "bytes":
        if (text.length % 2 !== 0) throw new SyntaxProblem(at, "bytes need two hexadecimal digits each");
        this.position++;
        return { kind: "literal", value: new Uint8Array(Buffer.from(text.slice(2), "hex")), at };
      case "mark":
        if (text === "[") return this.list();
        if (text === "{") return this.map();
        break;
      case "name":
        if (text === "nil" || text === "true" || text === "false") {
          this.position++;
          return { kind: "literal", value: text === "nil" ? null : text === "true", at };
        }
        if (isEnum(text) && !this.isNext("(")) {
          this.position++;
          return { kind: "enum", name: text, at };
        }
    }
    return this.sum();
  }

  end(): void {
    if (this.token.kind === "end") return;
    const problem = this.unexpected("the end");
    throw this.furthest !== undefined && this.furthest.at > problem.at ? this.furthest : problem;
  }

  private get token(): Token {
    return this.tokens[this.position] as Token;
  }

  private isNext(mark: string): boolean {
    const next = this.tokens[this.position + 1];
    return next?.kind === "mark" && next.text === mark;
  }

  private accept(mark: string): boolean {
    if (this.token.kind !== "mark" || this.token.text !== mark) return false;
    this.position++;
    return true;
  }

  private acceptWord(word: string): boolean {
    if (this.token.kind !== "name" || this.token.text !== word) return false;
    this.position++;
    return true;
  }

  private expect(mark: string): void {
    if (!this.accept(mark)) throw this.unexpected(`"${mark}"`);
  }

  private unexpected(wanted: string): SyntaxProblem {
    const { kind, text, at } = this.token;
    const found = kind === "end" ? "the end" : kind === "string" ? JSON.stringify(text) : `"${text}"`;
    return new SyntaxProblem(at, `unexpected ${found} (expected ${wanted})`);
  }

  /** Tries one reading; where it fails the position is as before. */
  private attempt<T>(read: () => T): T | undefined {
    const { position } = this;
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SyntaxProblem)) throw error;
      if (this.furthest === undefined || error.at > this.furthest.at) this.furthest = error;
      this.position = position;
      return undefined;
    }
  }

  private chain(word: "or" | "and", operand: () => ConditionNode): ConditionNode {
    const { at } = this.token;
    const first = operand();
    const operands = [first];
    while (this.acceptWord(word)) operands.push(operand());
    return operands.length === 1 ? first : { kind: word, operands, at };
  }

  private negatable(): ConditionNode {
    const { at } = this.token;
    if (this.acceptWord("not")) return { kind: "not", operand: this.boolean(), at };
    return this.boolean();
  }

  private boolean(): ConditionNode {
    const { at, kind, text } = this.token;
    const comparison = this.attempt(() => this.comparison());
    if (comparison !== undefined) return comparison;
    if (this.acceptWord("true")) return { kind: "constant", value: true, at };
    if (this.acceptWord("false")) return { kind: "constant", value: false, at };
    if (kind === "name" && isCapital(text) && this.isNext("(")) return this.call();
    if (this.accept("(")) {
      const inner = this.condition();
      this.expect(")");
      return inner;
    }
    throw this.furthest ?? this.unexpected("a condition");
  }

  private comparison(): ConditionNode {
    const { at } = this.token;
    const left = this.value();
    const op = this.token.text;
    if (this.token.kind !== "mark" || !COMPARISONS.has(op)) throw this.unexpected("a comparison");
    this.position++;
    return { kind: "compare", op: op as CompareOp, left, right: this.value(), at };
  }

  private sum(): ValueNode {
    return this.operation(["+", "-"], () => this.operation(["*", "/"], () => this.operand()));
  }

  private operation(ops: readonly MathOp[], operand: () => ValueNode): ValueNode {
    const { at } = this.token;
    let left = operand();
    for (;;) {
      const op = ops.find((one) => this.accept(one));
      if (op === undefined) return left;
      left = { kind: "math", op, left, right: operand(), at };
    }
  }

  private operand(): ValueNode {
    const { at } = this.token;
    if (this.accept("-")) return negated(this.plainOperand(), at);
    this.accept("+");
    return this.plainOperand();
  }

  private plainOperand(): ValueNode {
    const { kind, text, at } = this.token;
    if (this.accept("(")) {
      const inner = this.sum();
      this.expect(")");
      if (this.token.text === "=>") throw new SyntaxProblem(at, "lambda expressions are not supported");
      return inner;
    }
    if (kind === "float" || kind === "int") {
      this.position++;
      if (kind === "float") return { kind: "literal", value: Number(text), at };
      const value = BigInt(text);
      if (value > 0x7fff_ffff_ffff_ffffn) throw new SyntaxProblem(at, `${text} is more than an int64 holds`);
      return { kind: "literal", value, at };
    }
    if (kind !== "name" || RESERVED.has(text)) throw this.unexpected("a value");
    if (!this.isNext("(")) return this.path();
    if (!isCapital(text))
      throw new SyntaxProblem(at, `converter names must start with a capital letter, but got "${text}"`);
    return this.call();
  }

  private path(): PathNode {
    const { at } = this.token;
    const segments: SegmentNode[] = [];
    do {
      const { kind, text: name, at: start } = this.token;
      if (kind !== "name" || !isLowercase(name)) throw this.unexpected("a path, which is written in lower case");
      this.position++;
      segments.push({ name, keys: this.keys(), at: start });
    } while (this.accept("."));
    const last = this.tokens[this.position - 1] as Token;
    const end = last.kind === "name" ? last.at + last.text.length : last.at + 1;
    return { kind: "path", segments, text: this.source.slice(at, end), at };
  }

  private keys(): ValueNode[] {
    const keys: ValueNode[] = [];
    while (this.accept("[")) {
      keys.push(this.token.kind === "string" ? this.value() : this.sum());
      this.expect("]");
    }
    return keys;
  }

  private call(): CallNode {
    const { text: name, at } = this.token;
    this.position++;
    this.expect("(");
    const found: ArgumentNode[] = [];
    if (!this.accept(")")) {
      do found.push(this.argument());
      while (this.accept(","));
      this.expect(")");
    }
    return { kind: "call", name, arguments: found, keys: this.keys(), at };
  }

  private argument(): ArgumentNode {
    const { at, kind, text } = this.token;
    let name: string | undefined;
    if (kind === "name" && this.isNext("=")) {
      name = text;
      this.position += 2;
    }
    const word = this.token;
    const after = this.tokens[this.position + 1];
    const isAlone = after?.kind === "mark" && (after.text === "," || after.text === ")");
    if (word.kind === "name" && isCapital(word.text) && !isEnum(word.text) && isAlone) {
      this.position++;
      return { name, value: { kind: "functionName", name: word.text, at: word.at }, at };
    }
    return { name, value: this.value(), at };
  }

  private list(): ValueNode {
    const { at } = this.token;
    this.expect("[");
    const items: ValueNode[] = [];
    while (!this.accept("]")) {
      if (items.length > 0) this.expect(",");
      items.push(this.value());
    }
    return { kind: "list", items, at };
  }

  private map(): ValueNode {
    const { at } = this.token;
    this.expect("{");
    const entries: { key: string; value: ValueNode }[] = [];
    while (!this.accept("}")) {
      const { kind, text: key } = this.token;
      if (kind !== "string") throw this.unexpected("a key in quotes");
      this.position++;
      this.expect(":");
      entries.push({ key, value: this.value() });
      this.accept(",");
    }
    return { kind: "map", entries, at };
  }
}

function negated(operand: ValueNode, at: number): ValueNode {
  if (operand.kind === "literal" && (typeof operand.value === "bigint" || typeof operand.value === "number")) {
    return { kind: "literal", value: -operand.value, at };
  }
  return { kind: "negation", operand, at };
}

function isCapital(name: string): boolean {
  return /^[A-Z]/.test(name);
}

function isEnum(name: string): boolean {
  return /^[A-Z][A-Z0-9_]*$/.test(name);
}

function isLowercase(name: string): boolean {
  return /^[a-z][a-z0-9_]*$/.test(name);
}
