import type { Evaluate } from "../compiler.js";
import { OttlError } from "../values.js";
import type { Argument } from "./params.js";
import { Pattern } from "./regexp.js";

/**
 * A glob: `*` any text, `?` one character, `[abc]` `[!a-z]` one of a set, `{a,b}` one of several, `\` takes the next
 * character as it is. @throws OttlError
 */
export function globPattern(glob: string): Pattern {
  const parts: string[] = [];
  let braces = 0;
  for (let at = 0; at < glob.length; at++) {
    const char = glob[at] as string;
    if (char === "\\") parts.push(quote(glob[++at] ?? "\\"));
    else if (char === "*") parts.push(".*");
    else if (char === "?") parts.push(".");
    else if (char === "[") {
      const end = glob.indexOf("]", at + 2);
      if (end < 0) throw new OttlError(`invalid pattern ${JSON.stringify(glob)}: [ is not closed`);
      const set = glob.slice(at + 1, end);
      parts.push(set.startsWith("!") ? `[^${members(set.slice(1))}]` : `[${members(set)}]`);
      at = end;
    } else if (char === "{") {
      braces++;
      parts.push("(?:");
    } else if (char === "}" && braces > 0) {
      braces--;
      parts.push(")");
    } else if (char === "," && braces > 0) parts.push("|");
    else parts.push(quote(char));
  }
  if (braces > 0) throw new OttlError(`invalid pattern ${JSON.stringify(glob)}: { is not closed`);
  return new Pattern(`(?s)^(?:${parts.join("")})$`);
}

/** The glob of an argument, compiled once when it is a constant. */
export function globOf(argument: Argument<string>): Evaluate<Pattern> {
  if (argument.constant === undefined) return (context) => globPattern(argument.get(context));
  const pattern = globPattern(argument.constant);
  return () => pattern;
}

function quote(char: string): string {
  return /[\w\s]/.test(char) || char.charCodeAt(0) >= 0x80 ? char : `\\${char}`;
}

function members(set: string): string {
  return set.replace(/[\\\]^[]/g, "\\$&");
}
