/** How names that are not of the old alphabet are written for who does not know others. */
export type Escaping = "allow-utf-8" | "underscores" | "dots" | "values";

/** A metric name that needs no quotes. */
export function isPlainName(name: string): boolean {
  return /^[A-Za-z_:][\w:]*$/.test(name);
}

/** A label name that needs no quotes. */
export function isPlainLabel(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name);
}

/** A name of a metric or a label in Prometheus' escaping schemes; names of the old alphabet stay as they are. */
export function escapedName(name: string, escaping: Escaping): string {
  if (escaping === "allow-utf-8" || name === "" || isPlainName(name)) return name;
  const text = Array.from(name, (character, index) => escapedCharacter(character, index === 0, escaping)).join("");
  return escaping === "values" ? `U__${text}` : text;
}

function escapedCharacter(character: string, isFirst: boolean, escaping: Exclude<Escaping, "allow-utf-8">): string {
  if (character === "_" && escaping !== "underscores") return "__";
  if (character === "." && escaping === "dots") return "_dot_";
  if (/[A-Za-z_:]/.test(character) || (!isFirst && /[0-9]/.test(character))) return character;
  if (escaping === "underscores") return "_";
  return escaping === "dots" ? "__" : `_${character.codePointAt(0)?.toString(16)}_`;
}
