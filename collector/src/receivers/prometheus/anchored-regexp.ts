import { RE2JS } from "re2js";

/** A pattern of a relabelling rule: Go's syntax, matched against all of a text in time linear in it. */
export interface AnchoredRegExp {
  test(text: string): boolean;
  /** Groups by number (0 is all of the text) and by name; undefined without a match. */
  match(text: string): MatchedGroups | undefined;
}

export interface MatchedGroups {
  readonly numbered: readonly string[];
  readonly named: Readonly<Record<string, string | null>>;
}

const LITERALS = /^[\w\- :/@,;=%&#~<>!'"]*(?:\|[\w\- :/@,;=%&#~<>!'"]*)*$/;

/** @throws Error when the pattern is none. */
export function anchoredRegExp(pattern: string): AnchoredRegExp {
  if (pattern === "(.*)") return { test: () => true, match: (text) => ({ numbered: [text, text], named: {} }) };
  // Alone first: a stray parenthesis must not close the group around the pattern.
  RE2JS.compile(pattern);
  const compiled = RE2JS.compile(`^(?s:${pattern})$`);
  const match = (text: string): MatchedGroups | undefined => {
    const matcher = compiled.matcher(text);
    if (!matcher.find()) return undefined;
    const numbered = Array.from({ length: matcher.groupCount() + 1 }, (_, group) => matcher.group(group) ?? "");
    return { numbered, named: matcher.getNamedGroups() };
  };
  if (LITERALS.test(pattern)) {
    const words = new Set(pattern.split("|"));
    return { test: (text) => words.has(text), match: (text) => (words.has(text) ? match(text) : undefined) };
  }
  return { test: (text) => compiled.test(text), match };
}
