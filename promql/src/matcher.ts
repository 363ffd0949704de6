import { anchoredTest } from "./regexp.js";

export type MatchOp = "=" | "!=" | "=~" | "!~";

/** One label matcher; an absent label is the empty value. */
export interface Matcher {
  readonly name: string;
  readonly op: MatchOp;
  readonly value: string;
  matches(value: string): boolean;
}

/** Throws an Error that explains a bad regular expression. */
export function newMatcher(name: string, op: MatchOp, value: string): Matcher {
  return { name, op, value, matches: predicate(op, value) };
}

function predicate(op: MatchOp, value: string): (text: string) => boolean {
  if (op === "=") return (text) => text === value;
  if (op === "!=") return (text) => text !== value;
  const test = anchoredTest(value);
  return op === "=~" ? test : (text) => !test(text);
}
