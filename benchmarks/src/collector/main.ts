import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { pins, resolveTool } from "@venturi/tools";
import { cases } from "./cases.js";
import { makeCorpus } from "./corpus.js";
import { type Contender, type Measurement, runCase } from "./run-case.js";
import { collectorTable } from "./table.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    spans: { type: "string", default: "500000" },
    cases: { type: "string", default: cases.map((one) => one.name).join(",") },
    /** A Node other than the one that runs this. */
    node: { type: "string", default: process.execPath },
    page: { type: "boolean", default: true },
  },
  allowNegative: true,
});

const otelcol = await resolveTool("otelcol");
const cli = fileURLToPath(new URL("../../../cli/dist/main.js", import.meta.url));
const contenders: readonly Contender[] = [
  { name: "venturi", ours: true, command: (config) => [values.node, cli, "collector", "--config", config] },
  { name: "otelcol", ours: false, command: (config) => [otelcol.path, "--config", config] },
];
const chosen = cases.filter((one) => values.cases.split(",").includes(one.name));
if (chosen.length === 0) throw new Error(`no such case: ${values.cases}; there are ${cases.map((it) => it.name)}`);

const day = new Date().toISOString().slice(0, 10);
const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}`;
const results = new URL("../../results/", import.meta.url);
await mkdir(results, { recursive: true });

const folder = await mkdtemp(join(tmpdir(), "venturi-bench-"));
const measurements: Measurement[] = [];
try {
  for (const one of chosen) {
    const corpus = makeCorpus({ requests: one.requests, spanNames: one.spanNames, seed: 7 });
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const contender of contenders) {
        const measured = await runCase(one, contender, corpus, Number(values.spans), folder);
        measurements.push(measured);
        await writeRaw();
        console.log(
          `${one.name.padEnd(5)} ${contender.name.padEnd(8)} ${Math.round(measured.spansPerCpuSecond / 1000)}k spans/CPU-s  ${measured.cpuSeconds.toFixed(2)} CPU-s  ${measured.wallSeconds.toFixed(1)} s  ${Math.round(measured.peakRssBytes / 1e6)} MB  ${measured.delivered} delivered`,
        );
      }
      const [ours, theirs] = measurements.slice(-2);
      if (one.delivers.sampled && ours?.delivered !== theirs?.delivered) {
        throw new Error(`${one.name}: ${ours?.delivered} spans kept by one, ${theirs?.delivered} by the other`);
      }
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

const table = collectorTable(chosen, measurements);
console.log(`\n${table}`);
if (values.page) {
  await writeFile(
    fileURLToPath(new URL("../../../docs/collector/speed.md", import.meta.url)),
    `# The collector's cost beside otelcol

Spans per second of CPU time (user and system, of the whole process), equal input, warm, every span checked to have
arrived. ${values.rounds} interleaved rounds of ${Number(values.spans).toLocaleString("en")} spans; medians. ${machine}, Node ${process.version},
otelcol ${pins.otelcol.version}, ${day}. Made by \`npm run bench:collector -- --rounds ${values.rounds} --spans ${values.spans}\`; raw figures in
[benchmarks/results](../../benchmarks/results/${day}-collector.json).

${table}
`,
  );
}

/** After each measurement: a later one that fails takes nothing away. */
async function writeRaw(): Promise<void> {
  const raw = {
    machine,
    node: process.version,
    otelcol: pins.otelcol.version,
    spans: Number(values.spans),
    measurements,
  };
  await writeFile(new URL(`${day}-collector.json`, results), `${JSON.stringify(raw, null, 1)}\n`);
}
