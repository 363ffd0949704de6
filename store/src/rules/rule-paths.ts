import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Files that patterns name: as in Prometheus' `rule_files`, the last part of a path may have `*`, `?` and `[a-z]`. A path
 * without any stands for itself, whether there is such a file or not; a pattern may match nothing.
 * @throws {Error} when a directory cannot be read, or a pattern has its `*` in front of the last part
 */
export async function expandRulePaths(patterns: readonly string[]): Promise<string[]> {
  const paths = new Set<string>();
  for (const pattern of patterns) {
    for (const path of await expand(pattern)) paths.add(path);
  }
  return [...paths].sort();
}

async function expand(pattern: string): Promise<string[]> {
  const directory = dirname(pattern);
  if (/[*?[]/.test(directory)) {
    throw new Error(`cannot read rules "${pattern}": only the last part of a path may have a * or ?`);
  }
  if (!/[*?[]/.test(basename(pattern))) return [pattern];
  const matches = globExpression(basename(pattern));
  try {
    const names = await readdir(directory);
    return names.filter((name) => matches.test(name)).map((name) => join(directory, name));
  } catch (cause) {
    throw new Error(`cannot read rules "${pattern}": ${(cause as Error).message}`, { cause });
  }
}

function globExpression(glob: string): RegExp {
  const expression = glob.replace(/\*|\?|\[(\^?)([^\]]+)\]|[\s\S]/g, (part, not?: string, set?: string) => {
    if (part === "*") return ".*";
    if (part === "?") return ".";
    if (set !== undefined) return `[${not}${set.replace(/[\\[\]^]/g, "\\$&")}]`;
    return part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${expression}$`, "s");
}
