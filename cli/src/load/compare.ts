import { writeFile } from "node:fs/promises";
import {
  type Comparison,
  compareSamples,
  comparisonJunit,
  comparisonMarkdown,
  comparisonText,
  interleave,
  reportSide,
  revisionBuild,
  type Side,
  urlBuild,
} from "@venturi/loadtest";
import { resolveTool } from "@venturi/tools";
import { type Command, Option } from "commander";
import { interruption } from "../interrupt.js";
import { dataDir, reportsDir } from "../stack/paths.js";
import { note, print } from "../terminal.js";
import { percent, wholeNumber } from "./numbers.js";

interface CompareCommandOptions {
  readonly script?: string;
  readonly interleave: number;
  readonly urlEnv: string;
  readonly prepare?: string;
  readonly start?: string;
  readonly ready?: string;
  readonly minChange: number;
  readonly failOn?: "regression";
  readonly out?: string;
  readonly markdown?: string;
  readonly junit?: string;
  readonly json?: string;
}

/** What `--fail-on regression` exits with: not one of k6's codes. */
const regressionExitCode = 98;

/** `venturi load compare`: what changed between two runs, or two builds loaded in turn, and how sure that is. */
export function addCompareCommand(load: Command): void {
  load
    .command("compare <base> <candidate> [k6Args...]")
    .description(
      "compare two load reports (ids, paths, or several with commas), or with --script two URLs or git revisions",
    )
    .option("--script <file>", "a k6 script that is run against both in turn; arguments after -- go to k6")
    .option("--interleave <rounds>", "how often each is loaded, with --script", wholeNumber(2), 5)
    .option("--url-env <name>", "environment variable by which the script finds a URL", "BASE_URL")
    .option("--prepare <command>", "run once in each revision: install, build")
    .option("--start <command>", "brings the service of a revision up")
    .option("--ready <url>", "answers once the service is up")
    .addOption(
      new Option("--min-change <percent>", "smaller changes are not called changes")
        .argParser(percent)
        .default(0.02, "2"),
    )
    .addOption(new Option("--fail-on <what>", `exit with ${regressionExitCode} on it`).choices(["regression"]))
    .option("--out <dir>", "folder of the reports (default: .venturi/reports)")
    .option("--markdown <file>", "write a summary for a pull request")
    .option("--junit <file>", "write JUnit XML, a failure for each regression")
    .option("--json <file>", "write the comparison as JSON")
    .action(async (base: string, candidate: string, k6Args: string[], options: CompareCommandOptions) => {
      const [before, after] = await sides(base, candidate, k6Args, options);
      const comparison = compareSamples(before, after, { minChange: options.minChange });
      for (const line of comparisonText(comparison)) print(line);
      await writeOutputs(comparison, options);
      if (options.failOn === "regression" && comparison.regressions > 0) process.exitCode = regressionExitCode;
    });
}

async function sides(
  base: string,
  candidate: string,
  k6Args: readonly string[],
  options: CompareCommandOptions,
): Promise<readonly [Side, Side]> {
  if (options.script === undefined) {
    const folder = options.out ?? reportsDir(dataDir(undefined));
    return [await reportSide(base, folder), await reportSide(candidate, folder)];
  }
  const { script } = options;
  const stopped = interruption();
  const k6 = await resolveTool("k6", { log: note, signal: stopped.signal });
  const removals: (() => Promise<void>)[] = [];
  try {
    const builds = [];
    for (const name of [base, candidate]) {
      if (/^https?:\/\//.test(name)) {
        builds.push(urlBuild(name, options.urlEnv));
        continue;
      }
      const { start, ready, prepare } = options;
      if (start === undefined || ready === undefined) {
        throw new Error(`${name} is not a URL; for a git revision give --start <command> and --ready <url> too`);
      }
      note(`checking out ${name}`);
      const build = await revisionBuild(name, {
        repository: process.cwd(),
        start,
        readyUrl: ready,
        signal: stopped.signal,
        ...(prepare === undefined ? {} : { prepare }),
      });
      removals.push(() => build.remove());
      builds.push(build);
    }
    const [one, other] = builds as [(typeof builds)[0], (typeof builds)[0]];
    const rounds = {
      script,
      k6Path: k6.path,
      k6Args,
      rounds: options.interleave,
      progress: note,
      signal: stopped.signal,
    };
    const result = await interleave(one, other, rounds);
    return [result.baseline, result.candidate];
  } finally {
    for (const remove of removals) await remove();
  }
}

async function writeOutputs(comparison: Comparison, options: CompareCommandOptions): Promise<void> {
  const outputs = [
    [options.markdown, () => comparisonMarkdown(comparison)],
    [options.junit, () => comparisonJunit(comparison)],
    [options.json, () => `${JSON.stringify(comparison, null, 1)}\n`],
  ] as const;
  for (const [file, text] of outputs) if (file !== undefined) await writeFile(file, text());
}
