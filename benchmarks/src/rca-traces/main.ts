import { mkdir, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { readCases } from "./cases.js";
import { evaluate } from "./evaluator.js";
import { bootstrap, trials } from "./robustness.js";

const { values } = parseArgs({
  options: { data: { type: "string" }, tools: { type: "string" }, robustness: { type: "boolean", default: false } },
});
const { data, tools } = values;
if (data === undefined || tools === undefined) {
  console.error("usage: npm run bench:rca-traces -- --data FOLDER --tools FOLDER [--robustness]");
  process.exit(2);
}

/** Nezha (Yu et al., ESEC/FSE 2023), table 3: TrainTicket, without logs. */
const published = [
  { method: "Nezha without logs", at1: 0.422, at3: 0.444 },
  { method: "MicroRank", at1: 0.156, at3: 0.244 },
];
const share = (value: number): string => value.toFixed(3);

const accuracy = await evaluate(data, tools);
console.log("fault               cases  AS@1   AS@3   AS@5");
for (const { fault, cases, at1, at3, at5 } of accuracy) {
  console.log(`${fault.padEnd(18)} ${String(cases).padStart(6)}  ${share(at1)}  ${share(at3)}  ${share(at5)}`);
}
for (const { method, at1, at3 } of published) console.log(`${method.padEnd(26)} ${share(at1)}  ${share(at3)}`);

const cases = values.robustness ? await readCases(data) : [];
const robustness = cases.length === 0 ? null : { interval: bootstrap(cases), trials: trials(cases) };
if (robustness !== null) {
  const [low, high] = robustness.interval;
  console.log(`\nAS@1, 95 % bootstrap interval over the cases: ${share(low)}..${share(high)}`);
  console.log(`${"".padEnd(40)} all AS@1/3   delay and CPU AS@1/3`);
  for (const { what, all, slow } of robustness.trials) {
    console.log(`${what.padEnd(40)} ${all.map(share).join("/")}  ${slow.map(share).join("/")}`);
  }
}

const day = new Date().toISOString().slice(0, 10);
const results = new URL("../../results/", import.meta.url);
await mkdir(results, { recursive: true });
const text = JSON.stringify({ node: process.versions.node, accuracy, published, robustness }, null, 1);
await writeFile(new URL(`${day}-rca-traces.json`, results), `${text}\n`);
