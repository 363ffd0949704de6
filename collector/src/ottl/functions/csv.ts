import { OttlError } from "../values.js";

/**
 * The fields of a CSV row by the rules of Go's encoding/csv: quotes only at the begin of a field and doubled inside, or
 * anywhere with `lazyQuotes`. A line break in the row continues its last field.
 * @throws OttlError
 */
export function readCsvRow(row: string, delimiter: string, lazyQuotes: boolean): string[] {
  const lines = readLines(row.replaceAll("\r\n", "\n"), delimiter, lazyQuotes);
  const [first, ...others] = lines;
  if (first === undefined) throw new OttlError("no csv lines found");
  for (const [head = "", ...rest] of others) {
    first[first.length - 1] += `\n${head}`;
    first.push(...rest);
  }
  return first;
}

function readLines(text: string, delimiter: string, lazyQuotes: boolean): string[][] {
  const lines: string[][] = [];
  let at = 0;
  while (at < text.length) {
    // Empty lines are no rows.
    if (text[at] === "\n") {
      at++;
      continue;
    }
    const fields: string[] = [];
    for (;;) {
      const field = text[at] === '"' ? quoted(text, at, delimiter, lazyQuotes) : plain(text, at, delimiter, lazyQuotes);
      fields.push(field.value);
      at = field.end;
      if (text[at] !== delimiter) break;
      at++;
    }
    lines.push(fields);
    at++;
  }
  return lines;
}

interface Field {
  readonly value: string;
  /** Where the delimiter, the line break or the end is. */
  readonly end: number;
}

function plain(text: string, start: number, delimiter: string, lazyQuotes: boolean): Field {
  let end = start;
  while (end < text.length && text[end] !== delimiter && text[end] !== "\n") end++;
  const value = text.slice(start, end);
  if (!lazyQuotes && value.includes('"')) throw new OttlError(`read csv line: bare " in non-quoted field`);
  return { value, end };
}

function quoted(text: string, start: number, delimiter: string, lazyQuotes: boolean): Field {
  let value = "";
  for (let at = start + 1; ; at++) {
    const char = text[at];
    if (char === undefined) {
      if (lazyQuotes) return { value, end: at };
      throw new OttlError(`read csv line: extraneous or missing " in quoted-field`);
    }
    if (char !== '"') {
      value += char;
      continue;
    }
    const next = text[at + 1];
    if (next === '"') {
      value += '"';
      at++;
    } else if (next === undefined || next === delimiter || next === "\n") return { value, end: at + 1 };
    else if (lazyQuotes) value += '"';
    else throw new OttlError(`read csv line: extraneous or missing " in quoted-field`);
  }
}
