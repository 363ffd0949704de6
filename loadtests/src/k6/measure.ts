import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LoadSummary } from "@venturi/analysis";
import type { TimelinePoint } from "../load-report.js";
import { LoadTestError } from "../load-test-error.js";
import { k6Command } from "./command.js";
import type { K6Message } from "./log.js";
import { firstLine } from "./log.js";
import type { Measurements, Samples } from "./measurements.js";
import { type K6Exit, runK6 } from "./process.js";
import { watchMeasurements } from "./watch.js";

export interface MeasureOptions {
  /** A k6 script: JavaScript, TypeScript or an archive. */
  readonly script: string;
  readonly k6Path: string;
  /** Passed on to k6 unchanged. */
  readonly k6Args?: readonly string[];
  /** Added to this process's environment for k6; scripts read it as `__ENV`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Run in place of the script: a text that imports it by its URL. */
  readonly wrapper?: string;
  /** k6's `testid` tag. */
  readonly testId: string;
  /** Where k6 sends its samples while it runs; none by default. */
  readonly remoteWriteUrl?: string;
  /** Stops the load; what was measured until then counts. */
  readonly signal?: AbortSignal;
}

/** Hears of a load while it runs. */
export interface LoadObserver {
  /** Every second. */
  update(measurements: Measurements): void;
  message(message: K6Message): void;
}

export interface MeasuredLoad {
  readonly load: LoadSummary;
  readonly timeline: readonly TimelinePoint[];
  readonly samples: Samples;
  readonly iterations: number;
  readonly exit: K6Exit;
}

/**
 * Runs a k6 script and measures every request.
 * @throws LoadTestError when k6 cannot run or made no request
 */
export async function measureLoad(options: MeasureOptions, observer: LoadObserver): Promise<MeasuredLoad> {
  const folder = await mkdtemp(join(tmpdir(), "venturi-load-"));
  const csvFile = join(folder, "samples.csv");
  const { wrapper } = options;
  const command = k6Command({
    script: wrapper === undefined ? options.script : "-",
    userArgs: options.k6Args ?? [],
    testId: options.testId,
    csvFile,
    remoteWriteUrl: options.remoteWriteUrl,
    env: { ...process.env, ...options.env },
  });
  const watch = watchMeasurements(csvFile, (measurements) => observer.update(measurements));
  let lastError: string | null = null;
  try {
    const exit = await runK6(
      options.k6Path,
      wrapper === undefined ? command : { ...command, input: wrapper },
      (message) => {
        if (message.level === "error" && !message.fromScript) lastError = firstLine(message.text);
        observer.message(message);
      },
      options.signal,
    );
    const measurements = await watch.finish();
    const load = measurements.summary();
    if (load === null) throw new LoadTestError(whyNothing(exit, lastError));
    return {
      load,
      timeline: measurements.timeline(),
      samples: measurements.samples(),
      iterations: measurements.iterations,
      exit,
    };
  } finally {
    await watch.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function whyNothing({ exitCode, interrupted }: K6Exit, lastError: string | null): string {
  if (interrupted) return "the load was stopped before any request was finished";
  if (exitCode === 0) return "the script made no request, so there is nothing to diagnose";
  return `k6 failed (exit code ${exitCode})${lastError === null ? "" : `: ${lastError}`}`;
}

/** @throws LoadTestError when there is no file of that name */
export async function requireScript(script: string): Promise<void> {
  try {
    await access(script);
  } catch (error) {
    throw new LoadTestError(`there is no k6 script at ${script}`, { cause: error });
  }
}
