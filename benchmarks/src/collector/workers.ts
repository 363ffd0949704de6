import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { workersCase } from "./cases.js";
import { makeCorpus } from "./corpus.js";
import { type Contender, type Measurement, runCase } from "./run-case.js";
import { median } from "./table.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    spans: { type: "string", default: "300000" },
    workers: { type: "string", default: "2" },
  },
});

const cli = fileURLToPath(new URL("../../../cli/dist/main.js", import.meta.url));
const contenders: readonly Contender[] = ["1", values.workers].map((workers) => ({
  name: `${workers} worker${workers === "1" ? "" : "s"}`,
  ours: true,
  command: (config) => [process.execPath, cli, "collector", "--workers", workers, "--config", config],
}));

const folder = await mkdtemp(join(tmpdir(), "venturi-bench-"));
const measurements: Measurement[] = [];
try {
  const corpus = makeCorpus({ requests: workersCase.requests, spanNames: workersCase.spanNames, seed: 7 });
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const contender of contenders) {
      const one = await runCase(workersCase, contender, corpus, Number(values.spans), folder);
      measurements.push(one);
      console.log(
        `${contender.name.padEnd(10)} ${rate(one)}k spans/s  ${Math.round(one.spansPerCpuSecond / 1000)}k spans/CPU-s  collector ${one.cpuSeconds.toFixed(2)} CPU-s, sender ${one.senderCpuSeconds.toFixed(2)} CPU-s in ${one.sendSeconds.toFixed(1)} s  ${Math.round(one.peakRssBytes / 1e6)} MB`,
      );
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

const ratios = (of: (one: Measurement) => number): number =>
  median(measurements.filter((_, at) => at % 2 === 1).map(of)) /
  median(measurements.filter((_, at) => at % 2 === 0).map(of));
const perCpu = ratios((one) => one.spansPerCpuSecond);
console.log(`\n${workersCase.title}, ${values.workers} workers beside one:
throughput, the sender on the same ${cpus().length} cores: ${ratios((one) => one.spans / one.sendSeconds).toFixed(2)}×
spans per CPU-second: ${perCpu.toFixed(2)}×, so with a core for each worker ${(perCpu * Number(values.workers)).toFixed(2)}×`);

const results = new URL("../../results/", import.meta.url);
await mkdir(results, { recursive: true });
const raw = {
  machine: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
  node: process.version,
  spans: Number(values.spans),
  measurements,
};
const day = new Date().toISOString().slice(0, 10);
await writeFile(new URL(`${day}-collector-workers.json`, results), `${JSON.stringify(raw, null, 1)}\n`);

function rate(one: Measurement): number {
  return Math.round(one.spans / one.sendSeconds / 1000);
}
