/**
 * A pattern for names whose parts are divided by dots: `*` and `?` stay within a part, `**` does not; `[abc]`, `[!abc]`,
 * `[a-z]`, `{one,other}` and `\` before a character that means itself.
 * @throws Error with one line when the pattern is malformed.
 */
export function compileGlob(pattern: string): RegExp {
  let source = "";
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string;
    if (character === "*") {
      if (pattern[at + 1] === "*") {
        source += ".*";
        while (pattern[at + 1] === "*") at++;
      } else source += "[^.]*";
    } else if (character === "?") source += "[^.]";
    else if (character === "[") {
      const end = pattern.indexOf("]", at + 2);
      if (end < 0) throw new Error(`glob "${pattern}": "[" is not closed`);
      source += characterClass(pattern.slice(at + 1, end));
      at = end;
    } else if (character === "{") {
      depth++;
      source += "(?:";
    } else if (character === "}" && depth > 0) {
      depth--;
      source += ")";
    } else if (character === "," && depth > 0) source += "|";
    else if (character === "\\") {
      at++;
      if (at === pattern.length) throw new Error(`glob "${pattern}": nothing follows the last "\\"`);
      source += escaped(pattern[at] as string);
    } else source += escaped(character);
  }
  if (depth > 0) throw new Error(`glob "${pattern}": "{" is not closed`);
  return new RegExp(`^(?:${source})$`, "s");
}

function characterClass(inside: string): string {
  const isNot = inside.startsWith("!");
  const characters = inside.slice(isNot ? 1 : 0).replace(/[\\^\]]/g, "\\$&");
  return `[${isNot ? "^" : ""}${characters}]`;
}

function escaped(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/]/, "\\$&");
}
