import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Files that a pattern names: as in Prometheus' `rule_files`, `*` stands for any characters of the last part.
 * @throws {Error} when a directory cannot be read, or a pattern has `*` in front of its last part
 */
export async function expandRulePaths(patterns: readonly string[]): Promise<string[]> {
  const paths = new Set<string>();
  for (const pattern of patterns) {
    for (const path of await expand(pattern)) paths.add(path);
  }
  return [...paths].sort();
}

async function expand(pattern: string): Promise<string[]> {
  if (!pattern.includes("*")) return [pattern];
  const directory = dirname(pattern);
  if (directory.includes("*")) {
    throw new Error(`cannot read rules "${pattern}": only the last part of a path may have a *`);
  }
  const expression = basename(pattern)
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*");
  const matches = new RegExp(`^${expression}$`);
  try {
    const names = await readdir(directory);
    return names.filter((name) => matches.test(name)).map((name) => join(directory, name));
  } catch (cause) {
    throw new Error(`cannot read rules "${pattern}": ${(cause as Error).message}`, { cause });
  }
}
