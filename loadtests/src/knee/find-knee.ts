import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Diagnosis,
  diagnose,
  formatNumber,
  formatPercent,
  resourceUses,
  saturationSignals,
  signals,
} from "@venturi/analysis";
import { HttpApi } from "../backends/http.js";
import { JaegerClient } from "../backends/jaeger.js";
import { PrometheusClient } from "../backends/prometheus.js";
import { settle } from "../backends/settle.js";
import { withoutSecrets } from "../k6/command.js";
import { requireScript } from "../k6/measure.js";
import { canBeWrapped } from "../k6/script-wrapper.js";
import { k6Version } from "../k6/version.js";
import { LoadTestError } from "../load-test-error.js";
import { jsonFile, writeFiles } from "../report/write-files.js";
import { reportId } from "../report-id.js";
import { capacityOf } from "./capacity.js";
import { type ClimbOptions, climb } from "./climb.js";
import { type KneeReport, kneeSchemaVersion } from "./knee-report.js";
import { kneePage } from "./page.js";
import { geometricStaircase, linearStaircase } from "./staircase.js";
import type { KneeStep } from "./steps.js";
import { type Limits, overload } from "./stop-rule.js";
import { kneeVerdict, saturatedResource } from "./verdict.js";

export interface FindKneeOptions {
  readonly script: string;
  readonly k6Path: string;
  readonly k6Args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly prometheusUrl: string;
  readonly jaegerUrl: string;
  readonly outDir: string;
  /** Share of requests whose traces are to be sampled, 0…1; by default k6 sends no trace context. */
  readonly traceShare?: number;
  readonly rootService?: string;
  /** Iterations per second. */
  readonly startRate?: number;
  readonly maxRate?: number;
  readonly stepSeconds?: number;
  /** VUs that k6 may use: requests that wait hold one each. */
  readonly vusMax?: number;
  /** Share of failed requests, 0…1; default 0.02. */
  readonly failedShareMax?: number;
  /** Ceiling of the p95, milliseconds; by default ten times the p95 without load, at least 1 s. */
  readonly p95MaxMs?: number;
  readonly settle?: { readonly leastMs: number; readonly mostMs: number };
  readonly progress?: (line: string) => void;
  readonly isTty?: boolean;
  readonly signal?: AbortSignal;
}

/** Queues that the first climb left behind drain meanwhile. */
const pauseMs = 3000;
const coarseFactor = 1.5;
const coarseStepSeconds = 4;
const fineSteps = 10;

/**
 * Finds out by itself how much a system can take: a quick climb in steps of half as much again until it is over the
 * limits, then a slow one around there. Reads the knee off the latency, fits the Universal Scalability Law to throughput
 * by concurrency, and says from the telemetry which resource fills first.
 * @throws LoadTestError when nothing can be measured
 */
export async function findKnee(options: FindKneeOptions): Promise<KneeReport> {
  const jaeger = new JaegerClient(new HttpApi("Jaeger", options.jaegerUrl));
  const prometheus = new PrometheusClient(new HttpApi("Prometheus", options.prometheusUrl));
  await requireScript(options.script);
  if (!canBeWrapped(options.script)) {
    throw new LoadTestError(`${options.script} is an archive, whose load can't be replaced: give the script itself`);
  }
  const version = await k6Version(options.k6Path);
  await Promise.all([prometheus.value("1"), jaeger.services()]);
  const startedAt = new Date();
  const id = reportId(startedAt, options.script, "knee");
  const climbed = await climbTwice(options, id);
  const { steps, limits } = climbed;
  const found = capacityOf(steps, limits);
  const evidence = await lookAt(options, steps, limits, jaeger, prometheus);
  const saturated = saturatedResource(evidence.resources, evidence.diagnosis);
  const outDir = resolve(options.outDir);
  const report: KneeReport = {
    schemaVersion: kneeSchemaVersion,
    kind: "knee",
    id,
    startedAt: startedAt.toISOString(),
    endedAt: new Date().toISOString(),
    verdict: kneeVerdict({ ...found, resources: evidence.resources, saturated, isLimitFound: climbed.isLimitFound }),
    partial: climbed.interrupted,
    ...found,
    stoppedBecause: climbed.stoppedBecause,
    steps,
    resources: evidence.resources,
    saturated,
    diagnosis: evidence.diagnosis,
    k6: { version, script: options.script, args: withoutSecrets(options.k6Args ?? []) },
    notes: evidence.notes,
    files: { json: join(outDir, `${id}.json`), html: join(outDir, `${id}.html`) },
  };
  await writeFiles([
    [report.files.html, kneePage(report)],
    [report.files.json, jsonFile(report)],
  ]);
  return report;
}

interface Climbed {
  readonly steps: readonly KneeStep[];
  readonly limits: Limits;
  readonly stoppedBecause: string;
  readonly isLimitFound: boolean;
  readonly interrupted: boolean;
}

async function climbTwice(options: FindKneeOptions, testId: string): Promise<Climbed> {
  const { startRate = 5, maxRate = 5000, stepSeconds = 8, vusMax = 300, progress: say = () => {} } = options;
  const { failedShareMax = 0.02, signal } = options;
  const remoteWriteUrl = `${options.prometheusUrl.replace(/\/+$/, "")}/api/v1/write`;
  const settings = (limits: Limits, overloadedSteps: number): ClimbOptions => ({
    ...options,
    testId,
    remoteWriteUrl,
    vusMax,
    traceShare: options.traceShare,
    limits,
    overloadedSteps,
  });
  // What the p95 is without load is known after the first step only.
  const open: Limits = { failedShareMax, p95MaxMs: options.p95MaxMs ?? Number.POSITIVE_INFINITY };
  say(`climbing from ${formatNumber(startRate)} iterations/s until it is too much`);
  const coarse = await climb(
    geometricStaircase(startRate, maxRate, coarseFactor, coarseStepSeconds),
    settings(open, 1),
  );
  const [first] = coarse.steps;
  if (first === undefined) throw new LoadTestError("the load ended before its first step was over");
  if (first.failedShare > failedShareMax) {
    const share = `${formatPercent(first.failedShare)} of the requests fail at ${formatNumber(startRate)} iterations/s`;
    throw new LoadTestError(`${share} already: is the system up, and does the script reach it?`);
  }
  const limits = { failedShareMax, p95MaxMs: options.p95MaxMs ?? Math.max(1000, 10 * first.p95Ms) };
  const all = (steps: readonly KneeStep[]) => ({ steps, limits });
  if (coarse.interrupted) {
    return { ...all(coarse.steps), stoppedBecause: "it was stopped", isLimitFound: false, interrupted: true };
  }
  if (coarse.stoppedBecause === undefined) {
    const stoppedBecause = `the highest rate to try, ${formatNumber(maxRate)} iterations/s, was reached`;
    return { ...all(coarse.steps), stoppedBecause, isLimitFound: false, interrupted: false };
  }
  const guess = estimate(coarse.steps);
  await sleep(pauseMs, undefined, signal === undefined ? {} : { signal });
  say(`it takes about ${formatNumber(guess)} iterations/s; looking closer`);
  const staircase = linearStaircase(0.5 * guess, 1.25 * guess, fineSteps, stepSeconds);
  const fine = await climb(staircase, settings(limits, 2));
  return {
    ...all(fine.steps),
    stoppedBecause: fine.stoppedBecause ?? coarse.stoppedBecause,
    isLimitFound: fine.steps.some((step) => overload(step, limits) !== undefined),
    interrupted: fine.interrupted,
  };
}

/** Iterations per second that were really made in the busiest step. */
function estimate(steps: readonly KneeStep[]): number {
  return Math.max(...steps.map(({ offered, throughput, offeredRequests }) => (offered * throughput) / offeredRequests));
}

interface Evidence {
  readonly resources: KneeReport["resources"];
  readonly diagnosis: Diagnosis | null;
  readonly notes: string[];
}

async function lookAt(
  options: FindKneeOptions,
  steps: readonly KneeStep[],
  limits: Limits,
  jaeger: JaegerClient,
  prometheus: PrometheusClient,
): Promise<Evidence> {
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) return { resources: [], diagnosis: null, notes: [] };
  options.progress?.("  waiting for the last telemetry");
  const window = { startMs: Math.floor(first.startMs), endMs: Math.ceil(last.endMs) };
  const notes = await settle({ jaeger, prometheus, rootService: options.rootService, window, ...options.settle });
  const note = (text: string): void => void notes.push(text);
  const resources = resourceUses(steps, await prometheus.signals(saturationSignals, window, note));
  // From the last step that was kept up with: before it nothing was full, and beyond it everything waits.
  const from = steps.findLast((step) => overload(step, limits) === undefined) ?? first;
  const busy = { startMs: Math.floor(from.startMs), endMs: window.endMs };
  const rootService = options.rootService ?? (await jaeger.findRootService(busy));
  const traces = rootService === null ? [] : await jaeger.sampleTraces(rootService, busy);
  if (rootService === null || traces.length === 0) return { resources, diagnosis: null, notes: [...notes, noTraces] };
  const series = await prometheus.signals(signals, busy, note);
  return { resources, diagnosis: diagnose({ window: busy, traces, series, load: null, rootService }), notes };
}

const noTraces = "no traces of the busiest time were found: what limited it is judged by metrics alone";
