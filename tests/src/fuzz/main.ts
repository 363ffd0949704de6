import { mkdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Finding } from "./finding.js";
import { type Limits, type Outcome, supervise } from "./supervise.js";
import type { Target } from "./target.js";
import { shares, TARGETS, targetNamed } from "./targets.js";

const USAGE = `Feeds mutated inputs to everything that reads what others send: no crash, no hang, bounded memory.

usage: npm run fuzz -- [--inputs 100000] [--seed 1] [--target ${TARGETS.map(({ name }) => name).join(",")}]

  --inputs N     inputs in all, divided among the targets by weight
  --seed N       equal seeds give equal inputs
  --target T,…   only these targets
  --only N       only the input of this index, of one target
  --file PATH    only the bytes of this file, to one target
  --out FOLDER   where failing inputs are written (default: venturi-fuzz among temporary files)
  --hang-ms N    an input that takes so long hangs (default: 10000); more than 1 s always is a finding too
  --rss-mib N    bound on the memory of the process (default: 1024)

Exit code 1 when a promise was broken.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      inputs: { type: "string", default: "100000" },
      seed: { type: "string", default: "1" },
      target: { type: "string" },
      only: { type: "string" },
      file: { type: "string" },
      out: { type: "string", default: join(tmpdir(), "venturi-fuzz") },
      "hang-ms": { type: "string", default: "10000" },
      "rss-mib": { type: "string", default: "1024" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  const targets = values.target === undefined ? TARGETS : values.target.split(",").map(targetNamed);
  const seed = natural("seed", values.seed);
  const limits: Limits = {
    hangMs: natural("hang-ms", values["hang-ms"]),
    rssBytes: natural("rss-mib", values["rss-mib"]) * 2 ** 20,
    heapMiB: 512,
  };
  if (values.file !== undefined) return runFile(one(targets, "--file"), values.file);
  const only = values.only === undefined ? undefined : natural("only", values.only);
  let failed = 0;
  let inputs = 0;
  const asked = only === undefined ? shares(targets, natural("inputs", values.inputs)) : undefined;
  for (const target of only === undefined ? targets : [one(targets, "--only")]) {
    const range = only === undefined ? { from: 0, to: asked?.get(target) ?? 0 } : { from: only, to: only + 1 };
    const outcome = await supervise(target, seed, range, limits);
    const fed = outcome.fedUntil - range.from;
    console.log(line(target, fed, outcome));
    if (outcome.fedUntil < range.to) console.log(`${target.name}: given up before index ${outcome.fedUntil}`);
    for (const finding of outcome.findings) await tell(target, seed, finding, values.out);
    failed += outcome.failed;
    inputs += fed;
  }
  console.log(`${inputs} inputs of seed ${seed}, ${failed} failures`);
  return failed === 0 ? 0 : 1;
}

function natural(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 31) return value;
  throw new RangeError(`--${option} is a whole number from 0, got "${text}"`);
}

function one(targets: readonly Target[], option: string): Target {
  const [target] = targets;
  if (target !== undefined && targets.length === 1) return target;
  throw new RangeError(`${option} needs one --target`);
}

function line(target: Target, inputs: number, outcome: Outcome): string {
  const { accepted, refused, failed, wallSeconds, cpuSeconds, peakRssBytes } = outcome;
  const rate = (seconds: number): string => String(Math.round(inputs / seconds)).padStart(6);
  const counts = `${String(inputs).padStart(9)} inputs: ${accepted} accepted, ${refused} refused, ${failed} failed`;
  const speed = `${rate(wallSeconds)}/s, ${rate(cpuSeconds)}/CPU s`;
  return `${target.name.padEnd(10)}${counts}; ${speed}, peak RSS ${Math.round(peakRssBytes / 2 ** 20)} MiB`;
}

async function tell(target: Target, seed: number, { key, message, index, input }: Finding, out: string): Promise<void> {
  await mkdir(out, { recursive: true });
  const path = join(out, `${target.name}-${seed}-${index}.bin`);
  await writeFile(path, input);
  console.log(`\n${target.name}: ${key}`);
  console.log(`  seed ${seed}, index ${index}; smallest input of ${input.length} bytes in ${path}`);
  console.log(`  again: npm run fuzz -- --target ${target.name} --file ${path}`);
  console.log(`  ${JSON.stringify(input.toString("latin1").slice(0, 400))}`);
  console.log(`  ${message.split("\n").slice(0, 8).join("\n  ")}\n`);
}

/** Without a worker, so that a debugger and a profiler see everything. */
async function runFile(target: Target, path: string): Promise<number> {
  const running = await target.start();
  try {
    console.log((await running.run(await readFile(path))) ? "accepted" : "refused");
    return 0;
  } catch (error) {
    console.error(error);
    return 1;
  } finally {
    await running.close?.();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof RangeError ? error.message : error);
  process.exitCode = 2;
}
