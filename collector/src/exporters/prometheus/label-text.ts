import { escapeLabelValue } from "../../telemetry/exposition.js";

export type LabelPair = readonly [name: string, value: string];

/** How names that Prometheus allows only since version 3 are written for a scraper. */
export type Escaping = "allow-utf-8" | "underscores" | "dots" | "values";

const LEGACY_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const LEGACY_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

export function isLegacyLabel(name: string): boolean {
  return LEGACY_LABEL.test(name);
}

export function isLegacyMetric(name: string): boolean {
  return LEGACY_METRIC.test(name);
}

/** What stands between the braces of a sample: `a="b",c="d"`. Names that need quotes get them. */
export function labelText(pairs: readonly LabelPair[]): string {
  // Joined and not added up: a string that was added up keeps all its parts alive, and series keep theirs for long.
  return pairs
    .map(([name, value]) => `${isLegacyLabel(name) ? name : quoted(name)}="${escapeLabelValue(value)}"`)
    .join(",");
}

export function quoted(name: string): string {
  return `"${escapeLabelValue(name)}"`;
}

/** Reads what `labelText` wrote: series keep the text only, and few scrapers want the pairs. */
export function parseLabelText(text: string): LabelPair[] {
  const pairs: LabelPair[] = [];
  for (const [, quotedName, name, value] of text.matchAll(PAIR)) {
    pairs.push([quotedName === undefined ? (name as string) : unescaped(quotedName), unescaped(value as string)]);
  }
  return pairs;
}

const PAIR = /(?:"((?:[^"\\]|\\.)*)"|([^=",]+))="((?:[^"\\]|\\.)*)"/gs;

function unescaped(text: string): string {
  return text.includes("\\") ? text.replace(/\\(.)/gs, (_, char: string) => (char === "n" ? "\n" : char)) : text;
}

/** A name in the characters that the scraper takes, by Prometheus' escaping schemes. */
export function escapeName(name: string, escaping: Escaping): string {
  if (escaping === "allow-utf-8" || name === "" || isLegacyMetric(name)) return name;
  const characters = [...name].map((char, index) => escapeCharacter(char, index, escaping));
  return `${escaping === "values" ? "U__" : ""}${characters.join("")}`;
}

function escapeCharacter(char: string, index: number, escaping: Exclude<Escaping, "allow-utf-8">): string {
  if (char === "_" && escaping !== "underscores") return "__";
  if (char === "." && escaping === "dots") return "_dot_";
  if (/[a-zA-Z_:]/.test(char) || (index > 0 && /[0-9]/.test(char))) return char;
  if (escaping === "values") return `_${(char.codePointAt(0) as number).toString(16)}_`;
  return escaping === "dots" ? "__" : "_";
}
