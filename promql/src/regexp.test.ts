import { describe, expect, test } from "vitest";
import { newMatcher } from "./matcher.js";

describe("regular expressions are RE2's, anchored", () => {
  const cases: readonly [pattern: string, text: string, matches: boolean][] = [
    ["api", "api", true],
    ["api", "api-2", false],
    ["api|web", "web", true],
    ["a.*", "a\nb", true],
    ["(?i)API", "api", true],
    ["x(?i:API)y", "xapiy", true],
    ["x(?i:API)y", "Xapiy", false],
    ["x((?i)[a-c]+)y", "xABCy", true],
    ["(?P<n>a+)", "aaa", true],
    ["[[:alpha:]]+", "abc", true],
    ["[[:alpha:]]+", "a1", false],
    ["\\d{2,3}", "123", true],
    ["a{b}", "a{b}", true],
    ["\\pL+", "äß", true],
    ["[^]a]", "b", true],
    ["\\Qa.b\\E", "a.b", true],
    ["a-b", "a-b", true],
    ["\\.\\-\\_", ".-_", true],
    ["", "", true],
    [".+", "", false],
    [".*", "", true],
    [".+", "a\nb", true],
    ["api.*", "api", true],
    ["api.+", "api", false],
    [".+api", "api", false],
    [".+api", "xapi", true],
    [".*api.*", "xapiy", true],
    [".+api.+", "apiapi", false],
    [".+api.+", "apiapix", true],
    [".*api.+", "apiapi", true],
    ["api-.*|web", "api-7", true],
  ];
  test.each(cases)("%s on %j is %s", (pattern, text, matches) => {
    expect(newMatcher("a", "=~", pattern).matches(text)).toBe(matches);
    expect(newMatcher("a", "!~", pattern).matches(text)).toBe(!matches);
  });

  const bad: readonly string[] = ["(", "a)|(b", "a(?=b)", "(a)\\1", "[a", "(?x)a", "*a", "\\"];
  test.each(bad)("%s is refused", (pattern) => {
    expect(() => newMatcher("a", "=~", pattern)).toThrow("error parsing regexp");
  });

  test("a pattern that makes a backtracking engine hang does not", () => {
    const text = "a".repeat(20_000);
    expect(newMatcher("a", "=~", "(a+)+(a+)+b").matches(text)).toBe(false);
    expect(newMatcher("a", "=~", "(a|aa)*c|(.*a){20}b").matches(text)).toBe(false);
  });
});
