/**
 * Prometheus matches with RE2, anchored at both ends, dot matching newlines. This translates the RE2 syntax people use
 * to a JavaScript RegExp and refuses what RE2 refuses (look-around, back-references), so that a query which works here
 * works on a real server too.
 */

const POSIX: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7f",
  blank: "\\t ",
  cntrl: "\\x00-\\x1f\\x7f",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

/** Compiles an RE2 pattern, anchored; throws an Error that names the problem. */
export function compileAnchored(pattern: string): RegExp {
  const { source, ignoreCase } = translate(pattern);
  try {
    return new RegExp(`^(?:${source})$`, ignoreCase ? "sui" : "su");
  } catch (cause) {
    throw new Error(`error parsing regexp: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function translate(pattern: string): { source: string; ignoreCase: boolean } {
  const leading = /^\(\?([is]+)\)/.exec(pattern);
  const body = leading === null ? pattern : pattern.slice(leading[0].length);
  const ignoreCase = leading?.[1]?.includes("i") ?? false;
  // Case folding of a part only is spelled out letter by letter; JavaScript's flag is for the whole pattern.
  const folding = [false];
  let source = "";
  for (let i = 0; i < body.length; ) {
    const [text, length] = piece(body, i, folding);
    source += text;
    i += length;
  }
  return { source, ignoreCase };
}

function piece(pattern: string, i: number, folding: boolean[]): [string, number] {
  const char = pattern[i]!;
  const folds = folding.at(-1)!;
  if (char === "\\") return escapeSequence(pattern, i, false);
  if (char === "[") return characterClass(pattern, i, folds);
  if (char === "(") {
    const flags = /^\(\?([is]+)(:|\))/.exec(pattern.slice(i));
    const foldsInside = folds || (flags?.[1]?.includes("i") ?? false);
    if (flags?.[2] === ")") {
      folding[folding.length - 1] = foldsInside;
      return ["", flags[0].length];
    }
    folding.push(foldsInside);
    if (flags !== null) return ["(?:", flags[0].length];
    return pattern[i + 1] === "?" ? group(pattern, i) : [char, 1];
  }
  if (char === ")" && folding.length > 1) folding.pop();
  // A brace that starts no repetition is itself in RE2, and an error with the unicode flag.
  if (char === "{") return /^\{\d+(,\d*)?\}/.test(pattern.slice(i)) ? [char, 1] : ["\\{", 1];
  if (char === "}") return /\{\d+(,\d*)?$/.test(pattern.slice(0, i)) ? [char, 1] : ["\\}", 1];
  if (char === "]") return ["\\]", 1];
  return folds && /[a-zA-Z]/.test(char) ? [`[${bothCases(char)}]`, 1] : [char, 1];
}

function bothCases(char: string): string {
  return char.toLowerCase() + char.toUpperCase();
}

function group(pattern: string, i: number): [string, number] {
  const rest = pattern.slice(i);
  if (rest.startsWith("(?:")) return ["(?:", 3];
  const named = /^\(\?P?<([A-Za-z_]\w*)>/.exec(rest);
  if (named !== null) return [`(?<${named[1]!}>`, named[0].length];
  const shown = rest.slice(0, 3);
  throw new Error(`error parsing regexp: invalid or unsupported Perl syntax: \`${shown}\``);
}

function escapeSequence(pattern: string, i: number, inClass: boolean): [string, number] {
  const next = pattern[i + 1];
  if (next === undefined) throw new Error("error parsing regexp: trailing backslash at end of expression: ``");
  if (/[1-9]/.test(next)) throw new Error(`error parsing regexp: invalid escape sequence: \`\\${next}\``);
  if (next === "A") return ["^", 2];
  if (next === "z") return ["$", 2];
  if (next === "a") return ["\\x07", 2];
  if (next === "Q") {
    const end = pattern.indexOf("\\E", i);
    const literal = pattern.slice(i + 2, end < 0 ? undefined : end);
    return [literal.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"), literal.length + (end < 0 ? 2 : 4)];
  }
  const hex = /^\\x\{([0-9a-fA-F]+)\}/.exec(pattern.slice(i));
  if (hex !== null) return [`\\u{${hex[1]!}}`, hex[0].length];
  const property = /^\\([pP])(?:\{(\^?)(\w+)\}|(\w))/.exec(pattern.slice(i));
  if (property !== null) return [propertyEscape(property), property[0].length];
  if (/[dDwWsSbBnrtfvx]/.test(next)) return [`\\${next}`, 2];
  if (/[A-Za-z0-9]/.test(next)) throw new Error(`error parsing regexp: invalid escape sequence: \`\\${next}\``);
  // With the unicode flag JavaScript knows escapes only for syntax characters.
  if (/[\\^$.*+?()[\]{}|/]/.test(next) || (inClass && next === "-")) return [`\\${next}`, 2];
  return [next, 2];
}

function propertyEscape(match: RegExpExecArray): string {
  const [, letter = "p", negation = "", long, short] = match;
  const negated = (letter === "P") !== (negation === "^");
  const name = long ?? short!;
  return `\\${negated ? "P" : "p"}{${name.length > 2 ? `Script=${name}` : name}}`;
}

function characterClass(pattern: string, i: number, folds: boolean): [string, number] {
  let at = i + 1;
  let out = "[";
  if (pattern[at] === "^") {
    out += "^";
    at++;
  }
  let first = true;
  while (at < pattern.length) {
    const char = pattern[at]!;
    if (char === "]" && !first) return [`${out}]`, at + 1 - i];
    first = false;
    const posix = /^\[:(\^?)(\w+):\]/.exec(pattern.slice(at));
    if (posix !== null) {
      const set = POSIX[posix[2]!];
      if (set === undefined || posix[1] === "^") {
        throw new Error(`error parsing regexp: invalid character class range: \`${posix[0]}\``);
      }
      out += set;
      at += posix[0].length;
    } else if (char === "\\") {
      const [text, length] = escapeSequence(pattern, at, true);
      out += text;
      at += length;
    } else if (folds && /[a-zA-Z]/.test(char)) {
      const range = /^([a-zA-Z])-([a-zA-Z])/.exec(pattern.slice(at));
      out += range === null ? bothCases(char) : bothCasesOfRange(range[1]!, range[2]!);
      at += range === null ? 1 : range[0].length;
    } else {
      out += char === "[" || char === "]" ? `\\${char}` : char;
      at++;
    }
  }
  throw new Error(`error parsing regexp: missing closing ]: \`${pattern.slice(i)}\``);
}

function bothCasesOfRange(from: string, to: string): string {
  return `${from}-${to}${from.toLowerCase()}-${to.toLowerCase()}${from.toUpperCase()}-${to.toUpperCase()}`;
}
