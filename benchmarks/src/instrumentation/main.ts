/** What instrumentation costs: one app under one load, bare, with ours and with the peers, in turn. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { contenders } from "./contenders.js";
import { type LoadPlan, type Measurement, runOnce } from "./run-once.js";
import { costTable } from "./table.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    requests: { type: "string", default: "10000" },
    warmup: { type: "string", default: "4000" },
    connections: { type: "string", default: "32" },
    contenders: { type: "string", default: contenders.map(({ name }) => name).join(",") },
    /** A Node other than the one that runs this. */
    node: { type: "string", default: process.execPath },
    /** Add the rounds to the day's raw results instead of beginning them anew. */
    append: { type: "boolean", default: false },
  },
});

const chosen = contenders.filter(({ name }) => values.contenders.split(",").includes(name));
const plan: LoadPlan = {
  warmup: Number(values.warmup),
  requests: Number(values.requests),
  connections: Number(values.connections),
  node: values.node,
};
const require = createRequire(import.meta.url);
const versionOf = (name: string, entry: string = name): string => {
  const [root = ""] = require
    .resolve(entry)
    .split(/(?<=node_modules.)(?=@?[\w-]+)/)
    .slice(0, 1);
  return (require(`${root}${name}/package.json`) as { version: string }).version;
};
const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}`;
const versions = {
  express: versionOf("express"),
  stock: versionOf("@opentelemetry/auto-instrumentations-node", "@opentelemetry/auto-instrumentations-node/register"),
  "express-prom-bundle": versionOf("express-prom-bundle"),
};

const day = new Date().toISOString().slice(0, 10);
const results = new URL("../../results/", import.meta.url);
const rawFile = new URL(`${day}-instrumentation.json`, results);
await mkdir(results, { recursive: true });
const measurements: Measurement[] = values.append
  ? (JSON.parse(await readFile(rawFile, "utf8")) as { measurements: Measurement[] }).measurements
  : [];
const firstRound = measurements.reduce((next, { round }) => Math.max(next, round + 1), 0);

for (let round = firstRound; round < firstRound + Number(values.rounds); round++) {
  for (const contender of chosen) {
    const measured = await runOnce(contender, round, plan);
    measurements.push(measured);
    console.log(
      `${round} ${contender.name.padEnd(12)} ${measured.cpuMsPer10k.toFixed(0)} ms CPU per 10k  ` +
        `${measured.requestsPerSecond.toFixed(0)} requests/s  start-up ${measured.startCpuMs.toFixed(0)} ms CPU`,
    );
    await writeFile(
      rawFile,
      `${JSON.stringify({ machine, node: process.version, versions, plan: { ...plan, node: undefined }, measurements }, null, 1)}\n`,
    );
  }
}

console.log(`\n${machine}, Node ${process.version}, ${JSON.stringify(versions)}, ${day}\n`);
console.log(
  costTable(
    contenders.filter(({ name }) => measurements.some((it) => it.contender === name)),
    measurements,
  ),
);
