import { compileAnchored } from "./regexp.js";

export type MatchOp = "=" | "!=" | "=~" | "!~";

/** One label matcher; an absent label is the empty value. */
export interface Matcher {
  readonly name: string;
  readonly op: MatchOp;
  readonly value: string;
  matches(value: string): boolean;
}

/** Alternatives of plain words are so common (dashboard variables) that they get a set instead of a RegExp. */
const PLAIN_ALTERNATIVES = /^[\w\- :/@]*(?:\|[\w\- :/@]*)*$/;

/** Throws an Error that explains a bad regular expression. */
export function newMatcher(name: string, op: MatchOp, value: string): Matcher {
  return { name, op, value, matches: predicate(op, value) };
}

function predicate(op: MatchOp, value: string): (text: string) => boolean {
  if (op === "=") return (text) => text === value;
  if (op === "!=") return (text) => text !== value;
  const test = regexpTest(value);
  return op === "=~" ? test : (text) => !test(text);
}

function regexpTest(pattern: string): (text: string) => boolean {
  if (PLAIN_ALTERNATIVES.test(pattern)) {
    const words = new Set(pattern.split("|"));
    return (text) => words.has(text);
  }
  const compiled = compileAnchored(pattern);
  return (text) => compiled.test(text);
}
