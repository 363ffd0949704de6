import { Pattern } from "../../ottl/functions/regexp.js";
import type { MatchConfig } from "./match-config.js";

/** Whether a text is one of those that the configuration names. */
export type StringFilter = (text: string) => boolean;

/** Results that are kept when the configuration sets no limit: what telemetry makes us keep has one. */
const KEPT_MAX = 100_000;

export function stringFilter(names: readonly string[], { match_type, regexp }: MatchConfig): StringFilter {
  if (match_type === "strict") {
    const known = new Set(names);
    return (text) => known.has(text);
  }
  const patterns = [...new Set(names)].map((name) => new Pattern(name));
  const matches: StringFilter = (text) => patterns.some((pattern) => pattern.test(text));
  return regexp?.cacheenabled ? cached(matches, regexp.cachemaxnumentries || KEPT_MAX) : matches;
}

/** Keeps the results for the `most` texts that were asked for last. */
function cached(matches: StringFilter, most: number): StringFilter {
  const kept = new Map<string, boolean>();
  return (text) => {
    const known = kept.get(text);
    const result = known ?? matches(text);
    // A Map is in the order of insertion: the oldest is the first.
    if (known !== undefined) kept.delete(text);
    else if (kept.size >= most) kept.delete(kept.keys().next().value as string);
    kept.set(text, result);
    return result;
  };
}
