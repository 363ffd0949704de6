import { readFile } from "node:fs/promises";
import { type RuleGroupConfig, readRuleFile } from "./rule-file.js";
import { expandRulePaths } from "./rule-paths.js";

/**
 * The groups of all rule files that the patterns name, in order of file and name.
 * @throws {Error} with a line `file:line:column: problem` for each problem
 */
export async function loadRuleGroups(patterns: readonly string[]): Promise<RuleGroupConfig[]> {
  const groups: RuleGroupConfig[] = [];
  const problems: string[] = [];
  for (const path of await expandRulePaths(patterns)) {
    try {
      groups.push(...readRuleFile(path, await readText(path)));
    } catch (cause) {
      problems.push((cause as Error).message);
    }
  }
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return groups.sort((a, b) => compare(a.file, b.file) || compare(a.name, b.name));
}

/** @throws {Error} one line */
export async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    const reason = cause instanceof TypeError ? "it is not UTF-8" : (cause as Error).message;
    throw new Error(`${path}: ${reason}`, { cause });
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
