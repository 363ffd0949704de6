import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "./support/venturi.js";

const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).split("\n").filter(Boolean);
const sources = tracked.filter((path) => /\.tsx?$/.test(path) && !path.endsWith("tidy.test.ts"));
const textOf = (path: string): string => readFileSync(join(root, path), "utf8");

/** Files that break a habit of the house, which a linter does not know. */
function offenders(breaks: (text: string, path: string) => boolean): string[] {
  return sources.filter((path) => breaks(textOf(path), path));
}

describe("habits of the house", () => {
  test("a file holds one idea: none is longer than a reader's patience", () => {
    const linesMax = (path: string): number => (path.endsWith(".test.ts") ? 420 : 320);
    expect(offenders((text, path) => text.split("\n").length > linesMax(path))).toEqual([]);
  });

  test("nothing is left for later without a name: no marker of unfinished work", () => {
    expect(offenders((text) => /\b(TODO|FIXME|XXX)\b/.test(text))).toEqual([]);
  });

  test("no test is skipped or run alone", () => {
    expect(offenders((text) => /\b(describe|test|it)\.(skip|only|todo)\b/.test(text))).toEqual([]);
  });

  test("only a main file ends the process", () => {
    const ends = (text: string, path: string): boolean =>
      /\bprocess\.exit\(/.test(text) && !/main\.ts$|\.test\.ts$/.test(path);
    expect(offenders(ends)).toEqual([]);
  });

  test("every package of the house has a README", () => {
    const packages = tracked.filter((path) => /^(examples\/)?[^/]+\/package\.json$/.test(path));
    const without = packages
      .map((path) => path.replace("package.json", "README.md"))
      .filter((path) => !tracked.includes(path));
    expect(without).toEqual([]);
  });
});
