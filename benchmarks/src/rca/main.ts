import { mkdir, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { readCases } from "./cases.js";
import { type CaseResult, evaluate } from "./evaluator.js";
import { quietWindows } from "./quiet.js";
import { leaveOneOut, summary, underPerturbations, underSettings } from "./robustness.js";
import { bootstrap, score, wilson } from "./scores.js";
import { table } from "./table.js";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    tools: { type: "string" },
    seeds: { type: "string", default: "1,2,3" },
    jobs: { type: "string", default: "1" },
    robustness: { type: "boolean", default: false },
  },
});
const { data, tools } = values;
if (data === undefined || tools === undefined)
  throw new Error("--data (folder with truth.json) and --tools (folder with evaluate.py) are needed");
const seeds = values.seeds.split(",").map(Number);

async function save(name: string, document: unknown): Promise<void> {
  const day = new Date().toISOString().slice(0, 10);
  const results = new URL("../../results/", import.meta.url);
  await mkdir(results, { recursive: true });
  await writeFile(new URL(`${day}-${name}.json`, results), `${JSON.stringify(document)}\n`);
}

if (values.robustness) {
  const cases = await readCases(data);
  const perturbed = underPerturbations(cases, seeds);
  const quiet = quietWindows(cases);
  const settings = underSettings(cases);
  const heldOut = {
    scenario: leaveOneOut(settings, ({ group, id }) => (id.startsWith("null") ? id.slice(0, 8) : group)),
    "root cause": leaveOneOut(settings, ({ cause }) => cause),
    metric: leaveOneOut(settings, ({ metric }) => metric),
  };
  for (const [part, held] of Object.entries(heldOut)) console.log(`leave one ${part} out`.padEnd(54), summary(held));
  const bySettings = Object.fromEntries([...settings].map(([name, all]) => [name, score(all)]));
  await save("rca-robustness", { seeds, perturbed, quiet, settings: bySettings, heldOut });
} else {
  const results: CaseResult[] = [];
  for (const seed of seeds) results.push(...(await evaluate(data, tools, seed, Number(values.jobs))));
  await save("rca", { node: process.versions.node, seeds, results });
  console.log(table(results));
  // Seeds rename and shuffle, they are no new cases: intervals come from those of one seed.
  const incidents = results.filter(({ isNull, seed, group }) => !isNull && seed === seeds[0] && group !== "temporal");
  const hits = incidents.map(({ rank }) => (rank === 1 ? 1 : 0));
  const format = ([low, high]: readonly [number, number]): string => `${low.toFixed(3)} to ${high.toFixed(3)}`;
  const right = hits.filter((hit) => hit === 1).length;
  console.log(
    `low + high, top-1: ${right} of ${hits.length}; 95 %: bootstrap ${format(bootstrap(hits))}, Wilson ${format(wilson(right, hits.length))}`,
  );
}
