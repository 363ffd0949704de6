import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import minimums from "./minimums.json" with { type: "json" };
import { ScriptsUnavailable, scriptDirectory, scriptNames } from "./module.js";
import { type Failure, runScript } from "./run.js";

const USAGE = `Runs the PromQL test scripts of the pinned Prometheus version against this engine.

usage: npm run conformance --workspace promql -- [--failures] [FILE…]

  FILE            only scripts with this name, e.g. functions
  --failures      print every failed eval

Exit code 1 when an eval that used to pass (src/conformance/minimums.json) no longer does.`;

interface Options {
  readonly showFailures: boolean;
  readonly files: readonly string[];
}

/** Undefined when usage is asked for, or needed. */
function readOptions(): Options | undefined {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { failures: { type: "boolean" }, help: { type: "boolean" } },
  });
  if (values.help === true) return undefined;
  return { showFailures: values.failures === true, files: positionals };
}

async function main(options: Options): Promise<number> {
  const directory = await scriptDirectory();
  const names = (await scriptNames(directory)).filter(
    (name) => options.files.length === 0 || options.files.includes(name),
  );
  if (names.length === 0) throw new ScriptsUnavailable(`there is no script named ${options.files.join(", ")}`);
  const total = { passed: 0, failed: 0, below: 0 };
  for (const name of names) {
    const result = await runScript(await readFile(join(directory, `${name}.test`), "utf8"));
    const { passed, failures } = result;
    total.passed += passed;
    total.failed += failures.length;
    const minimum = (minimums as Record<string, number>)[name] ?? 0;
    const isBelow = passed < minimum;
    if (isBelow) total.below++;
    console.log(row(name, passed, failures.length) + (isBelow ? `  BELOW ${minimum}` : ""));
    if (options.showFailures) print(name, failures);
  }
  console.log(row("all", total.passed, total.failed));
  console.log(`${total.passed} passed, ${total.failed} failed`);
  if (total.below > 0)
    console.error(`${total.below} scripts pass fewer evals than src/conformance/minimums.json asks for`);
  return total.below > 0 ? 1 : 0;
}

function row(name: string, passed: number, failed: number): string {
  const evals = passed + failed;
  const rate = evals === 0 ? "—" : `${((100 * passed) / evals).toFixed(1)} %`;
  return `${name.padEnd(24)} ${String(passed).padStart(5)} of ${String(evals).padStart(5)}  ${rate.padStart(8)}`;
}

function print(name: string, failures: readonly Failure[]): void {
  for (const { line, query, reason } of failures) console.log(`  ${name}.test:${line} ${query}\n      ${reason}`);
}

try {
  const options = readOptions();
  if (options === undefined) console.log(USAGE);
  else process.exitCode = await main(options);
} catch (error) {
  if (!(error instanceof ScriptsUnavailable)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
