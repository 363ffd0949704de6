import { Worker } from "node:worker_threads";
import type { Finding } from "./finding.js";
import { inputOf, type Tally } from "./run-target.js";
import type { Target } from "./target.js";
import type { WorkerMessage, WorkerSettings } from "./worker.js";

export interface Limits {
  /** An input that a lane has been at for so long hangs. */
  readonly hangMs: number;
  /** Of the whole process. */
  readonly rssBytes: number;
  readonly heapMiB: number;
}

export interface Outcome extends Tally {
  /** Index before which every input was fed; below the range's end when too many threads died. */
  readonly fedUntil: number;
  readonly findings: readonly Finding[];
  readonly wallSeconds: number;
  /** User and system time of the process. */
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

const LOOK_MS = 250;
/** After so many workers died there is something more basic to look at. */
const MAX_DEATHS = 10;

/** Why a worker did not come to its end, and which inputs it was at. */
interface Death {
  readonly message: string;
  readonly indexes: readonly number[];
}

/**
 * Runs a target's inputs `[from, to)` in a worker thread and looks after it: an input that hangs, kills the thread or
 * takes too much memory is a finding, and the run goes on behind it.
 */
export async function supervise(
  target: Target,
  seed: number,
  range: { readonly from: number; readonly to: number },
  limits: Limits,
): Promise<Outcome> {
  const began = performance.now();
  const cpu = process.cpuUsage();
  const findings: Finding[] = [];
  const total = { accepted: 0, refused: 0, failed: 0, peakRssBytes: 0 };
  let { from } = range;
  for (let deaths = 0; from < range.to && deaths < MAX_DEATHS; deaths++) {
    const lanes = new Int32Array(new SharedArrayBuffer(4 * target.concurrency)).fill(-1);
    const settings: WorkerSettings = { target: target.name, seed, from, to: range.to, lanes };
    const death = await watch(settings, limits, total, findings);
    if (death === undefined) {
      from = range.to;
      break;
    }
    total.failed++;
    await report(target, seed, death, findings);
    // What lies before is done, but for its tally, which died with the thread.
    from = Math.max(from, ...lanes) + 1;
  }
  const { user, system } = process.cpuUsage(cpu);
  const wallSeconds = (performance.now() - began) / 1000;
  return { ...total, findings, fedUntil: from, wallSeconds, cpuSeconds: (user + system) / 1e6 };
}

/** Resolves when the worker has ended; with a death when it did not end by itself. */
function watch(
  settings: WorkerSettings,
  limits: Limits,
  total: { accepted: number; refused: number; failed: number; peakRssBytes: number },
  findings: Finding[],
): Promise<Death | undefined> {
  return new Promise((resolve) => {
    const { lanes } = settings;
    const worker = new Worker(new URL("./worker.js", import.meta.url), {
      workerData: settings,
      // The stack of a main thread: recursion that would end a collector must end here too.
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMiB, stackSizeMb: 1 },
    });
    let death: Death | undefined;
    let isDone = false;
    const seen = Array.from(lanes, (index) => ({ index, sinceMs: performance.now() }));
    const end = (message: string, indexes: readonly number[]): void => {
      death ??= { message, indexes };
      void worker.terminate();
    };
    const look = setInterval(() => {
      const { rss } = process.memoryUsage();
      total.peakRssBytes = Math.max(total.peakRssBytes, rss);
      if (rss > limits.rssBytes) end(`memory: the process holds ${rss} bytes`, atWork(lanes));
      const now = performance.now();
      seen.forEach((lane, number) => {
        const index = Atomics.load(lanes, number);
        if (index !== lane.index) Object.assign(lane, { index, sinceMs: now });
        else if (index >= 0 && now - lane.sinceMs > limits.hangMs)
          end(`hang: longer than ${limits.hangMs} ms`, [index]);
      });
    }, LOOK_MS);
    worker.on("message", (message: WorkerMessage) => {
      if ("found" in message) {
        findings.push({ ...message.found, input: Buffer.from(message.found.input) });
        return;
      }
      isDone = true;
      for (const part of ["accepted", "refused", "failed"] as const) total[part] += message.tally[part];
    });
    worker.on("error", (error: Error) => end(`crash: ${error.stack ?? error.message}`, atWork(lanes)));
    worker.on("exit", (code) => {
      clearInterval(look);
      if (!isDone) death ??= { message: `crash: the thread ended with code ${code}`, indexes: atWork(lanes) };
      resolve(death);
    });
  });
}

function atWork(lanes: Int32Array): number[] {
  return Array.from(lanes, (_, lane) => Atomics.load(lanes, lane)).filter((index) => index >= 0);
}

/** The inputs are made again here: the thread that had them is gone. */
async function report(target: Target, seed: number, { message, indexes }: Death, findings: Finding[]): Promise<void> {
  const key = message.split("\n", 1)[0] ?? message;
  const running = await target.start();
  for (const index of indexes) findings.push({ key, message, index, input: inputOf(running, target, seed, index) });
  if (indexes.length === 0) findings.push({ key, message, index: -1, input: Buffer.alloc(0) });
  await running.close?.();
}
