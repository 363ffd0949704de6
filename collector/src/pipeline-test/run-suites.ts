import { dirname, resolve } from "node:path";
import type { CollectorSettings } from "../collector.js";
import { readSuite } from "./read-suite.js";
import { runCase } from "./run-case.js";

export interface PipelineTestSettings {
  /** Paths of suites. */
  readonly suites: readonly string[];
  /** Configurations of the collector, in place of the suites' own. */
  readonly configs?: CollectorSettings["configs"];
  readonly set?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export interface CaseResult {
  readonly suite: string;
  readonly name: string;
  readonly milliseconds: number;
  /** What is wrong, in lines for people; empty when the case passed. */
  readonly failures: readonly string[];
}

/**
 * Runs the cases of suites one after another; a case that cannot be run is one that failed.
 * @throws ConfigError for a suite that cannot be read
 */
export async function runPipelineTests(settings: PipelineTestSettings): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const path of settings.suites) {
    const suite = await readSuite(path);
    const folder = dirname(resolve(path));
    const own = suite.config === undefined ? [] : [suite.config].flat().map((file) => resolve(folder, file));
    const configs = settings.configs?.length ? settings.configs : own;
    const collector: CollectorSettings = {
      configs,
      set: [...suite.set, ...(settings.set ?? [])],
      env: { ...(settings.env ?? process.env), ...suite.env },
    };
    for (const testCase of suite.cases) {
      const start = performance.now();
      const failures =
        configs.length === 0
          ? ["no configuration: set config in the suite or name a file with --config"]
          : await runCase(testCase, collector, folder, Date.parse(suite.now)).catch((error: Error) =>
              error.message.split("\n"),
            );
      results.push({ suite: path, name: testCase.name, milliseconds: performance.now() - start, failures });
    }
  }
  return results;
}
