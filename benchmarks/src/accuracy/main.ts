import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type FaultName, faults } from "@venturi/shop";
import { type Observation, runOnce } from "./run-once.js";
import { accuracyPage, isRight, type Truth } from "./table.js";

/** The faults whose resource the diagnosis must name first, as the shop states them, and the healthy shop, in which it must name nothing. */
const named: readonly FaultName[] = ["db-pool", "cpu-block", "slow-network"];
const truth: Truth = { ...Object.fromEntries(named.map((name) => [name, faults[name]])), none: null };

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    duration: { type: "string", default: "25s" },
    page: { type: "boolean", default: true },
  },
  allowNegative: true,
});

const observations: Observation[] = [];
for (let run = 0; run < Number(values.runs); run++) {
  for (const fault of Object.keys(truth)) {
    const observation = await runOnce(fault, values.duration);
    observations.push(observation);
    const mark = isRight(observation, truth) ? "right" : "WRONG";
    console.log(`${run + 1} ${fault.padEnd(13)} ${mark}  ${observation.seconds.toFixed(0)} s  ${observation.verdict}`);
  }
}

const day = new Date().toISOString().slice(0, 10);
const results = new URL("../../results/", import.meta.url);
await mkdir(results, { recursive: true });
await writeFile(
  new URL(`${day}-accuracy.json`, results),
  `${JSON.stringify({ duration: values.duration, node: process.versions.node, observations }, null, 1)}\n`,
);
if (values.page) {
  const command = `npm run bench:accuracy -- --runs ${values.runs} --duration ${values.duration}`;
  await writeFile(
    fileURLToPath(new URL("../../../docs/accuracy.md", import.meta.url)),
    accuracyPage(observations, truth, command),
  );
}
console.log(`${observations.filter((one) => isRight(one, truth)).length} of ${observations.length} right`);
