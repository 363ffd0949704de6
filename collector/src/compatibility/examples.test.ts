import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { components } from "../components.js";
import { checkSchema } from "../config/check-schema.js";
import { BLOCKS } from "../config/config.js";
import { type ConfigProblem, formatProblem } from "../config/config-error.js";
import { parseYaml } from "../config/parse-yaml.js";
import { nameOf, readUpstreamOptions } from "./document.js";

const text = readFileSync(new URL("examples.yaml", import.meta.url), "utf8");
const root = parseYaml("examples.yaml", text, []);

/** Ids of a block that are of a type or one of its aliases. */
function idsOf(block: string, types: readonly string[]): string[] {
  const located = root?.kind === "mapping" ? root.entries.get(block)?.value : undefined;
  const ids = located?.kind === "mapping" ? [...located.entries.keys()] : [];
  return ids.filter((id) => types.includes(id.split("/", 1)[0] as string));
}

describe.each(components.map((factory) => [nameOf(factory), factory] as const))("%s", (_name, factory) => {
  const ids = idsOf(BLOCKS[factory.kind], [factory.type, ...(factory.aliases ?? [])]);

  test("has an example", () => {
    expect(ids).not.toEqual([]);
  });

  test.each(ids)("%s is accepted as it stands", (id) => {
    const problems: ConfigProblem[] = [];
    if (root === undefined) throw new Error("examples.yaml cannot be read");
    checkSchema(factory.schema, root, [BLOCKS[factory.kind], id], problems);
    expect(problems.map(formatProblem)).toEqual([]);
  });
});

test("every component that the page compares has an example", () => {
  const missing = Object.keys(readUpstreamOptions()).filter((name) => {
    const [kind, type] = name.split(" ") as [keyof typeof BLOCKS, string];
    const aliases = components.find((factory) => nameOf(factory) === name)?.aliases ?? [];
    return idsOf(BLOCKS[kind], [type, ...aliases]).length === 0;
  });
  expect(missing).toEqual([]);
});
