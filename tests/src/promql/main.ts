import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { randomData, SLICE_MS } from "./data.js";
import { Differential, startEmptyPrometheus } from "./differential.js";
import { type Question, randomQuestion } from "./questions.js";
import { Random } from "./random.js";
import { remoteWrite } from "./remote-write.js";

const USAGE = `Asks our PromQL engine and a real Prometheus random questions about random data.

usage: npm run differential:promql -- [--queries 2000] [--seed 1] [--data-every 5000]

  --queries N      how many questions
  --seed N         equal seeds give equal data and equal questions
  --data-every N   start over with new data after so many questions

Prints every difference, as small as it can be made; exit code 1 when there is one.`;

/** Differences after which going on tells nothing new. */
const MAX_DIFFERENCES = 25;

interface Run {
  readonly queries: number;
  readonly seed: number;
}

async function runOn({ queries, seed }: Run): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "venturi-differential-"));
  const { url, child } = await startEmptyPrometheus(folder);
  try {
    const random = new Random(seed);
    const series = randomData(random);
    await remoteWrite(url, series, SLICE_MS);
    const differential = new Differential(url, series);
    let differences = 0;
    for (let i = 0; i < queries && differences < MAX_DIFFERENCES; i++) {
      const difference = await differential.ask(randomQuestion(random));
      if (difference === undefined) continue;
      differences++;
      console.log(`${describe(difference.question)}\n    ${difference.found}\n    from ${difference.original}`);
    }
    return differences;
  } finally {
    await child.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function describe({ query, startMs, endMs, stepMs }: Question): string {
  const when = stepMs === 0 ? `at ${startMs}` : `from ${startMs} to ${endMs} step ${stepMs}`;
  return `${query}\n    ${when}`;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      queries: { type: "string", default: "2000" },
      seed: { type: "string", default: "1" },
      "data-every": { type: "string", default: "5000" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  const [queries, seed, every] = [Number(values.queries), Number(values.seed), Number(values["data-every"])];
  if (![queries, seed, every].every((value) => Number.isInteger(value) && value > 0)) {
    console.error("--queries, --seed and --data-every are positive whole numbers");
    return 2;
  }
  let differences = 0;
  for (let done = 0, round = 0; done < queries; done += every, round++) {
    differences += await runOn({ queries: Math.min(every, queries - done), seed: seed + round });
    console.log(`${Math.min(done + every, queries)} of ${queries} asked, ${differences} differences`);
  }
  return differences === 0 ? 0 : 1;
}

process.exitCode = await main();
