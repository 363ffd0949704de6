import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { faultNames, faults } from "@venturi/shop";
import { type Observation, runOnce } from "./run-once.js";
import { accuracyPage, isRight, type Truth } from "./table.js";

/** What the shop says that the diagnosis must name first, and the healthy shop, in which it must name nothing. */
const truth: Truth = { ...Object.fromEntries(faultNames.map((name) => [name, faults[name]])), none: null };

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "5" },
    duration: { type: "string", default: "25s" },
    faults: { type: "string", default: Object.keys(truth).join(",") },
    fix: { type: "boolean", default: false },
    page: { type: "boolean", default: true },
  },
  allowNegative: true,
});

const wanted = values.faults.split(",");
const unknown = wanted.find((fault) => !Object.hasOwn(truth, fault));
if (unknown !== undefined) throw new Error(`unknown fault ${unknown}: one of ${Object.keys(truth).join(", ")}`);

const observations: Observation[] = [];
for (let run = 0; run < Number(values.runs); run++) {
  for (const fault of wanted) {
    const observation = await runOnce(fault, values.duration, values.fix);
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
  const command = `npm run bench:accuracy -- --runs ${values.runs} --duration ${values.duration}${values.fix ? " --fix" : ""}`;
  await writeFile(
    fileURLToPath(new URL("../../../docs/accuracy.md", import.meta.url)),
    accuracyPage(observations, truth, command),
  );
}
console.log(`${observations.filter((one) => isRight(one, truth)).length} of ${observations.length} right`);
