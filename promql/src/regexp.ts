import { RE2JS } from "re2js";

/** A pattern that must match all of a text; the dot matches newlines. Prometheus' syntax: RE2. */
export interface AnchoredPattern {
  test(text: string): boolean;
  /** The groups of a match by number (0 is all of it), and by name; undefined without a match. */
  groups(text: string): MatchedGroups | undefined;
}

export interface MatchedGroups {
  readonly numbered: readonly string[];
  readonly named: Readonly<Record<string, string | null>>;
}

/**
 * Compiles an RE2 pattern. Matching takes time linear in the text, whatever the pattern.
 * @throws Error that names the problem in upstream's words
 */
export function compileAnchored(pattern: string): AnchoredPattern {
  // Alone first: a stray parenthesis must not close the group around the pattern.
  RE2JS.compile(pattern);
  const compiled = RE2JS.compile(`^(?s:${pattern})$`);
  return {
    test: (text) => compiled.test(text),
    groups: (text) => {
      const matcher = compiled.matcher(text);
      if (!matcher.find()) return undefined;
      const numbered = Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? "");
      return { numbered, named: matcher.getNamedGroups() };
    },
  };
}

/** Characters that stand for themselves. */
const LITERAL = "[\\w\\- :/@,;=%&#~<>!'\"]*";
const ALTERNATIVES = new RegExp(`^${LITERAL}(?:\\|${LITERAL})*$`);
const AFFIXED = new RegExp(`^(\\.[*+])?(${LITERAL})(\\.[*+])?$`);

/**
 * A test for the pattern of a matcher. The shapes that dashboards are full of (words, a word with `.*` or `.+` before
 * or after it) need no automaton: a set or a search for the word tells the same.
 */
export function anchoredTest(pattern: string): (text: string) => boolean {
  if (ALTERNATIVES.test(pattern)) {
    const words = new Set(pattern.split("|"));
    return (text) => words.has(text);
  }
  const affixed = AFFIXED.exec(pattern);
  if (affixed !== null) return affixedTest(affixed[1], affixed[2]!, affixed[3]);
  const compiled = compileAnchored(pattern);
  return compiled.test;
}

function affixedTest(before: string | undefined, word: string, after: string | undefined): (text: string) => boolean {
  const least = (affix: string | undefined): number => (affix === ".+" ? 1 : 0);
  const [start, end] = [least(before), least(after)];
  if (before === undefined) return (text) => text.startsWith(word) && text.length >= word.length + end;
  if (after === undefined) return (text) => text.endsWith(word) && text.length >= word.length + start;
  return (text) => {
    const at = text.indexOf(word, start);
    return at >= start && at + word.length + end <= text.length;
  };
}
