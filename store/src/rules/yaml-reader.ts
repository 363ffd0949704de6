import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";

/** A problem in a YAML file, with its place: `file:line:column: message`. */
export class YamlProblem extends Error {
  override readonly name = "YamlProblem";
}

interface Source {
  readonly file: string;
  readonly lines: LineCounter;
  readonly document: Document;
}

const maxMergeDepth = 10;

interface Entry {
  readonly key: YamlReader;
  readonly value: YamlReader;
}

/** A value of a YAML file that knows where it stands, so that every complaint can name the line. */
export class YamlReader {
  readonly #source: Source;
  readonly #node: Node | null;
  /** Where a value that is missing would belong. */
  readonly #place: Node | null;

  private constructor(source: Source, node: Node | null, place: Node | null) {
    this.#source = source;
    this.#place = node ?? place;
    const resolved = isAlias(node) ? node.resolve(source.document) : node;
    if (resolved === undefined) throw this.problem(`unknown anchor "${isAlias(node) ? node.source : ""}"`);
    this.#node = resolved;
  }

  /** The first document of a file. @throws {YamlProblem} */
  static parse(file: string, text: string): YamlReader {
    const lines = new LineCounter();
    const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
    if ("empty" in documents) return YamlReader.parse(file, "~");
    const document = documents[0] as Document;
    const [error] = document.errors;
    if (error !== undefined) {
      const { line, col } = lines.linePos(error.pos[0]);
      throw new YamlProblem(`${file}:${line}:${col}: ${error.message}`);
    }
    return new YamlReader({ file, lines, document }, document.contents as Node | null, null);
  }

  get isMissing(): boolean {
    return this.#node === null || (isScalar(this.#node) && this.#node.value === null);
  }

  problem(message: string): YamlProblem {
    const { line, col } = this.#source.lines.linePos(this.#place?.range?.[0] ?? 0);
    return new YamlProblem(`${this.#source.file}:${line}:${col}: ${message}`);
  }

  /** The members of a map; unknown ones are a problem. */
  members<K extends string>(known: readonly K[]): Readonly<Record<K, YamlReader>> {
    const none = (): YamlReader => new YamlReader(this.#source, null, this.#place);
    const found = Object.fromEntries(known.map((name) => [name, none()])) as Record<K, YamlReader>;
    for (const { key, value } of this.#entries("expected a map")) {
      const name = key.text();
      if (!known.includes(name as K)) throw key.problem(`unknown field "${name}"`);
      found[name as K] = value;
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

  /** A whole number; 0 when there is none. */
  integer(): number {
    if (this.isMissing) return 0;
    const value = isScalar(this.#node) ? this.#node.value : undefined;
    if (Number.isSafeInteger(value)) return value as number;
    throw this.problem(`expected a whole number, got ${JSON.stringify(value ?? null)}`);
  }

  /** A map of texts. */
  texts(): Record<string, string> {
    const entries = this.#entries("expected a map of texts").map(
      ({ key, value }) => [key.text(), value.text()] as const,
    );
    return Object.fromEntries(entries);
  }

  /** What a map has; what is merged into it comes first, so that its own members replace it. */
  #entries(complaint: string, depth = 0): Entry[] {
    if (this.isMissing) return [];
    if (depth > maxMergeDepth) throw this.problem("the map is merged into itself");
    if (!isMap(this.#node)) throw this.problem(complaint);
    const own: Entry[] = [];
    const merged: Entry[] = [];
    for (const item of this.#node.items) {
      const key = this.#child(item.key as Node | null);
      const value = this.#child(item.value as Node | null);
      if (isScalar(item.key) && item.key.value === "<<") {
        const sources = isSeq(value.#node) ? value.items().reverse() : [value];
        merged.push(...sources.flatMap((source) => source.#entries("expected a map to merge", depth + 1)));
      } else own.push({ key, value });
    }
    return [...merged, ...own];
  }

  #child(node: Node | null): YamlReader {
    return new YamlReader(this.#source, node, this.#place);
  }
}
