import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../testing/test-store.js";
import { loadRuleGroups } from "./rule-loader.js";
import { expandRulePaths } from "./rule-paths.js";

async function filled(): Promise<string> {
  const directory = await temporaryDirectory();
  for (const name of ["a.yml", "b.yml", "c1.yaml", "c2.yaml", "x+y.yml"]) await writeFile(join(directory, name), "");
  return directory;
}

test("patterns name files as in rule_files", async () => {
  const directory = await filled();
  const names = async (...patterns: string[]): Promise<string[]> => {
    const paths = await expandRulePaths(patterns.map((pattern) => join(directory, pattern)));
    return paths.map((path) => path.slice(directory.length + 1));
  };
  expect(await names("*.yml")).toEqual(["a.yml", "b.yml", "x+y.yml"]);
  expect(await names("c?.yaml", "a.yml", "a*")).toEqual(["a.yml", "c1.yaml", "c2.yaml"]);
  expect(await names("c[2-9].yaml", "[^abc]+*")).toEqual(["c2.yaml", "x+y.yml"]);
  expect(await names("missing.yml")).toEqual(["missing.yml"]);
  expect(await names("none*")).toEqual([]);
  await expect(names("*/a.yml")).rejects.toThrow(/only the last part of a path may have/);
  await expect(names("nowhere/*.yml")).rejects.toThrow(/^cannot read rules ".*nowhere.*": ENOENT/);
});

test("files are read in the order of their names, and every problem of all files is told", async () => {
  const directory = await temporaryDirectory();
  const write = (name: string, text: string | Uint8Array): Promise<void> => writeFile(join(directory, name), text);
  await write("b.yml", "groups: [{ name: z }, { name: a }]");
  await write("a.yml", "groups: [{ name: m }]");
  const groups = await loadRuleGroups([join(directory, "*.yml")]);
  expect(groups.map(({ name }) => name)).toEqual(["m", "a", "z"]);
  await write("c.yml", Uint8Array.of(0x61, 0xff));
  await write("d.yml", "foo: 1");
  await mkdir(join(directory, "e.yml"));
  const failure = await loadRuleGroups([join(directory, "*.yml"), join(directory, "gone.yml")]).catch(
    (error: Error) => error.message,
  );
  const lines = String(failure).replaceAll(`${directory}/`, "").split("\n");
  expect(lines).toHaveLength(4);
  expect(lines[0]).toBe("c.yml: it is not UTF-8");
  expect(lines[1]).toBe('d.yml:1:1: unknown field "foo"');
  expect(lines[2]).toMatch(/^e\.yml: EISDIR/);
  expect(lines[3]).toMatch(/^gone\.yml: ENOENT/);
});
