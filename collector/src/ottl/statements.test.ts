import { describe, expect, test } from "vitest";
import type { ContextName } from "./contexts.js";
import { conditionFunctions, standardFunctions } from "./functions/standard.js";
import { compileGroup, type StatementGroup } from "./statements.js";

const ALL: readonly ContextName[] = ["resource", "scope", "span", "spanevent"];
const FUNCTIONS = { statements: standardFunctions, conditions: conditionFunctions };

function compile(group: Partial<StatementGroup>, candidates: readonly ContextName[] = ALL) {
  return compileGroup({ statements: [], conditions: [], ...group }, candidates, FUNCTIONS);
}

/** `column: message` of what is wrong with one statement. */
function problemOf(statement: string, group: Partial<StatementGroup> = { context: "span" }): string {
  const compiled = compile({ ...group, statements: [statement] });
  if (!Array.isArray(compiled)) return "compiles";
  const [, column, message] = /^column (\d+) of ".*?": (.*)$/.exec(compiled[0]?.message ?? "") ?? [];
  return column === undefined ? (compiled[0]?.message ?? "") : `${column}: ${message}`;
}

describe("a mistake is said with its column and what may have been meant", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['set(name, "x") where', /^21: /],
    ['set(name "x")', /^10: /],
    ['set(name, "x"', /^14: /],
    ["name", /^5: /],
    ['sett(name, "x")', /^1: unknown function "sett"; did you mean "set"\?/],
    ['set(nam, "x")', /^5: unknown path "nam" in the span context; did you mean "name"\?/],
    ["set(name)", /^1: set\(target, value\) takes 2 arguments, got 1/],
    ['set("name", "x")', /^5: the argument must be a path/],
    ['truncate_all(attributes, "x")', /^26: the argument must be an integer/],
    ["truncate_all(attributes, limt=5)", /^26: truncate_all has no parameter "limt"; did you mean "limit"\?/],
    [
      "set(kind, SPAN_KIND_SERVR)",
      /^11: unknown enum SPAN_KIND_SERVR in the span context; did you mean "SPAN_KIND_SERVER"\?/,
    ],
    ['set(name["x"], 1)', /^5: the path "name\["x"\]" cannot be indexed/],
    ['set(attributes[1.5], "x")', /^16: a key is a string, an integer, or an expression/],
    ['set(name, "x") where IsMatch(name, "(")', /^22: .*regular expression/],
    ['set(name, ConvertCase(name, "loud"))', /^11: /],
    ['set(name, ExtractGrokPatterns(name, "x"))', /^11: the function ExtractGrokPatterns is not supported/],
  ];
  test.each(cases)("%s", (statement, expected) => {
    expect(problemOf(statement)).toMatch(expected);
  });

  test("all of a group at once", () => {
    const compiled = compile({
      context: "span",
      statements: ["set(a, 1)", "set(name, 2)", "x()"],
      conditions: ["b == 1"],
    });
    expect(Array.isArray(compiled) && compiled.map(({ list, index }) => `${list} ${index}`)).toEqual([
      "statements 0",
      "statements 2",
      "conditions 0",
    ]);
  });
});

describe("the context is the innermost that a path names", () => {
  const cases: readonly (readonly [string, ContextName])[] = [
    ['set(resource.attributes["a"], 1)', "resource"],
    ['set(scope.name, resource.attributes["a"])', "scope"],
    ['set(span.name, resource.attributes["a"])', "span"],
    ["set(span.name, spanevent.name)", "spanevent"],
    // Only spans have the function, and the enum.
    ['set(resource.attributes["a"], IsRootSpan())', "span"],
    ['set(resource.attributes["a"], 1) where SPAN_KIND_SERVER == 2', "spanevent"],
  ];
  test.each(cases)("%s: %s", (statement, context) => {
    expect(compile({ statements: [statement] })).toMatchObject({ context });
  });

  test("a path without one is refused, and one that does not exist here", () => {
    expect(problemOf('set(name, "x")', {})).toContain("write paths that begin with one of resource, scope, span");
    expect(problemOf('set(log.body, "x")', {})).toContain("the log context does not exist here");
    const mixed = compile({ statements: ["set(span.name, name)"] });
    expect(JSON.stringify(mixed)).toContain("missing context for path");
  });
});
