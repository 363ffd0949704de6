/** Reads k6's CSV output as it grows. Columns are found by the header: they depend on the script's `systemTags`. */

export type K6Row = Readonly<Record<string, string>>;

/**
 * Splits text that comes in pieces into rows. Rows of other metrics are skipped before they are taken apart, since k6
 * writes about ten for each request.
 */
export class CsvReader {
  readonly #metrics: ReadonlySet<string>;
  #header: readonly string[] | null = null;
  #rest = "";

  constructor(metrics: Iterable<string>) {
    this.#metrics = new Set(metrics);
  }

  /** @returns the complete rows in what came so far */
  read(piece: string): K6Row[] {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop() ?? "";
    const rows: K6Row[] = [];
    let open = "";
    for (const part of lines) {
      const line = open === "" ? part : `${open}\n${part}`;
      open = "";
      // A quoted field may hold a line break: its quotes don't balance within the line.
      if (line.includes('"') && countQuotes(line) % 2 === 1) {
        open = line;
        continue;
      }
      const row = this.#row(line);
      if (row !== null) rows.push(row);
    }
    if (open !== "") this.#rest = `${open}\n${this.#rest}`;
    return rows;
  }

  #row(line: string): K6Row | null {
    if (line === "") return null;
    if (this.#header === null) {
      this.#header = fieldsOf(line.trimEnd());
      return null;
    }
    if (!this.#metrics.has(line.slice(0, line.indexOf(",")))) return null;
    const fields = fieldsOf(line.trimEnd());
    return Object.fromEntries(this.#header.map((name, index) => [name, fields[index] ?? ""]));
  }
}

function countQuotes(line: string): number {
  let count = 0;
  for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', at + 1)) count++;
  return count;
}

/** The fields of one line, quotes taken off. */
export function fieldsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(",");
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/gy;
  while (field.lastIndex < line.length) {
    const match = field.exec(line);
    if (match === null) break;
    fields.push(match[1] === undefined ? (match[2] ?? "") : match[1].replaceAll('""', '"'));
  }
  return fields;
}
