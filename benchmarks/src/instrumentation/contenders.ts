import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** One way to run the same app. */
export interface Contender {
  readonly name: string;
  readonly title: string;
  readonly nodeArgs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const require: NodeJS.Require = createRequire(import.meta.url);
const register: string = fileURLToPath(new URL("../../../instrumentation/dist/register.js", import.meta.url));
const stock: string = require.resolve("@opentelemetry/auto-instrumentations-node/register");

/** Stock's detectors of clouds ask the network at start: they are left out in its favour. */
const stockEnv = { OTEL_NODE_RESOURCE_DETECTORS: "env,host,os,process" };
const metricsOnly = { OTEL_TRACES_EXPORTER: "none" };

export const contenders: readonly Contender[] = [
  { name: "bare", title: "bare Express 5", nodeArgs: [], env: {} },
  {
    name: "stock",
    title: "stock, all instrumentations",
    nodeArgs: ["--require", stock],
    env: stockEnv,
  },
  {
    name: "stock-few",
    title: "stock, http + express + undici",
    nodeArgs: ["--require", stock],
    env: { ...stockEnv, OTEL_NODE_ENABLED_INSTRUMENTATIONS: "http,express,undici" },
  },
  { name: "ours", title: "Venturi", nodeArgs: ["--import", register], env: {} },
  {
    name: "ours-10",
    title: "Venturi, 10 % sampled",
    nodeArgs: ["--import", register],
    env: { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.1" },
  },
  {
    name: "stock-10",
    title: "stock, 10 % sampled",
    nodeArgs: ["--require", stock],
    env: { ...stockEnv, OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.1" },
  },
  {
    name: "ours-metrics",
    title: "Venturi, metrics only",
    nodeArgs: ["--import", register],
    env: metricsOnly,
  },
  {
    name: "prom-bundle",
    title: "express-prom-bundle",
    nodeArgs: [],
    env: { BENCH_PROM_BUNDLE: "true" },
  },
];
