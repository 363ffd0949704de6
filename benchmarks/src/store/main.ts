import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pins } from "@venturi/tools";
import { measureQueries } from "./query-phase.js";
import { measureSamples } from "./sample-phase.js";
import { measureSpans } from "./span-phase.js";
import { measureStart } from "./start-phase.js";
import { storeTable } from "./table.js";

const { values } = parseArgs({
  options: {
    /** A tenth of the data and one round: to see that everything runs. */
    quick: { type: "boolean", default: false },
    phases: { type: "string", default: "spans,samples,memory,queries,start" },
    rounds: { type: "string", default: "3" },
    /** Size of the file of the start phase, in GB. */
    size: { type: "string", default: "1" },
    /** Seconds between samples of the query phase, over 24 h. */
    interval: { type: "string", default: "60" },
  },
});

const phases = values.phases.split(",");
const scale = values.quick ? 0.1 : 1;
const rounds = values.quick ? 1 : Number(values.rounds);
const folder = await mkdtemp(join(tmpdir(), "venturi-bench-store-"));
const wants = (phase: string): boolean => phases.includes(phase);
const results = {
  date: new Date().toISOString(),
  machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
  node: process.version,
  prometheus: pins.prometheus.version,
  jaeger: pins.jaeger.version,
  options: values,
  spans: wants("spans") ? await measureSpans(folder, 500_000 * scale, rounds) : [],
  samples: wants("samples") ? await measureSamples(folder, 10_000, 400 * scale, rounds) : [],
  memory: wants("memory") ? await measureSamples(folder, 100_000, 40 * scale, 1) : [],
  queries: wants("queries")
    ? await measureQueries(folder, 10_000 * scale, Number(values.interval) * 1000, values.quick ? 3 : 10)
    : [],
  start: wants("start") ? await measureStart(folder, Number(values.size) * 1e9 * scale, 100_000 * scale, rounds) : [],
};
await rm(folder, { recursive: true, force: true });

console.log(`\n${storeTable(results)}`);
if (!values.quick) {
  const directory = new URL("../../results/", import.meta.url);
  await mkdir(directory, { recursive: true });
  const file = new URL(`${results.date.slice(0, 10)}-store.json`, directory);
  await writeFile(file, `${JSON.stringify(results, null, 1)}\n`);
  console.log(`\nraw results in ${file.pathname}`);
}
