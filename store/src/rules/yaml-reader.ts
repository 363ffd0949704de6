import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";

/** A problem in a YAML file, with its place: `file:line:column: message`. */
export class YamlProblem extends Error {
  override readonly name = "YamlProblem";
}

/** A value of a YAML file that knows where it stands, so that every complaint can name the line. */
export class YamlReader {
  readonly #file: string;
  readonly #lines: LineCounter;
  readonly #node: Node | null;

  private constructor(file: string, lines: LineCounter, node: Node | null) {
    this.#file = file;
    this.#lines = lines;
    this.#node = node;
  }

  /** @throws {YamlProblem} */
  static parse(file: string, text: string): YamlReader {
    const lines = new LineCounter();
    // Aliases are expanded a few times at most, so that a small file cannot become a large one.
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: "1.1", merge: true });
    const [error] = document.errors;
    if (error !== undefined) {
      const { line, col } = lines.linePos(error.pos[0]);
      throw new YamlProblem(`${file}:${line}:${col}: ${error.message}`);
    }
    return new YamlReader(file, lines, document.contents);
  }

  get isMissing(): boolean {
    return this.#node === null || (isScalar(this.#node) && this.#node.value === null);
  }

  problem(message: string): YamlProblem {
    const { line, col } = this.#lines.linePos(this.#node?.range?.[0] ?? 0);
    return new YamlProblem(`${this.#file}:${line}:${col}: ${message}`);
  }

  /** The members of a map; unknown ones are a problem. */
  members<K extends string>(known: readonly K[]): Readonly<Record<K, YamlReader>> {
    const found = Object.fromEntries(known.map((name) => [name, this.#child(null)])) as Record<K, YamlReader>;
    if (this.isMissing) return found;
    if (!isMap(this.#node)) throw this.problem("expected a map");
    for (const { key, value } of this.#node.items) {
      const name = isScalar(key) ? String(key.value) : "";
      if (!known.includes(name as K)) throw this.#child(key as Node).problem(`unknown field "${name}"`);
      found[name as K] = this.#child(value as Node | null);
    }
    return found;
  }

  items(): YamlReader[] {
    if (this.isMissing) return [];
    if (!isSeq(this.#node)) throw this.problem("expected a list");
    return this.#node.items.map((item) => this.#child(item as Node | null));
  }

  /** The text of a scalar, whatever its type; "" when there is none. */
  text(): string {
    if (this.isMissing) return "";
    if (!isScalar(this.#node)) throw this.problem("expected a text");
    return this.#node.source ?? String(this.#node.value);
  }

  /** A map of texts. */
  texts(): Record<string, string> {
    if (this.isMissing) return {};
    if (!isMap(this.#node)) throw this.problem("expected a map of texts");
    const entries = this.#node.items.map(({ key, value }) => {
      return [this.#child(key as Node).text(), this.#child(value as Node | null).text()] as const;
    });
    return Object.fromEntries(entries);
  }

  #child(node: Node | null): YamlReader {
    return new YamlReader(this.#file, this.#lines, node);
  }
}
