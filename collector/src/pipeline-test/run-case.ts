import type { Clock } from "@sinonjs/fake-timers";
import { type Batch, readBatch } from "@venturi/otlp";
import { type CollectorSettings, type RunningCollector, startCollector } from "../collector.js";
import type { Consumer, Outcome } from "../component.js";
import { createEnds, type Ends } from "./captured.js";
import { check, readJson } from "./check.js";
import { signalOf, toBytes } from "./otlp-json.js";
import type { Send, TestCase } from "./suite-schema.js";

/** So much time a shutdown may take on the clock of the case. */
const DRAIN_MS = 10 * 60_000;
const DRAIN_STEP_MS = 1000;
/** The clocks of the pipeline; what talks to the disk or to promises goes on by itself. */
const FAKED = ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"] as const;

/**
 * Runs a case through the pipelines of the configuration: real processors and connectors between ends that belong to the
 * test, on a clock that moves only when a step says so. One case at a time: the clock is the process'.
 * @returns what is wrong, in lines for people; empty when nothing is
 * @throws ConfigError, StartError, and Error for a fixture that cannot be read
 */
export async function runCase(
  testCase: TestCase,
  settings: CollectorSettings,
  folder: string,
  nowMs: number,
): Promise<string[]> {
  // Loaded here: a collector at work has no use for it.
  const { install } = await import("@sinonjs/fake-timers");
  const clock = install({ now: nowMs, toFake: [...FAKED] });
  try {
    return await new Run(testCase, settings, folder, clock).run();
  } finally {
    clock.uninstall();
  }
}

class Run {
  private readonly testCase: TestCase;
  private readonly settings: CollectorSettings;
  private readonly folder: string;
  private readonly clock: Clock;
  private readonly ends: Ends = createEnds();
  private readonly lines: string[] = [];

  constructor(testCase: TestCase, settings: CollectorSettings, folder: string, clock: Clock) {
    this.testCase = testCase;
    this.settings = settings;
    this.folder = folder;
    this.clock = clock;
  }

  async run(): Promise<string[]> {
    const collector = await startCollector({
      ...this.settings,
      components: this.ends.factories,
      set: [...(this.settings.set ?? []), "service::telemetry::metrics::level=none"],
      drainTimeoutMs: DRAIN_MS,
      log: () => {},
    });
    try {
      for (const { send, advance, expect } of this.testCase.steps) {
        if (send !== undefined) await this.send(send);
        if (advance !== undefined) await this.clock.tickAsync(advance);
        if (expect !== undefined) this.lines.push(...(await check(expect, this.state(collector))));
      }
    } finally {
      await this.drain(collector);
    }
    for (const expected of this.testCase.expect) this.lines.push(...(await check(expected, this.state(collector))));
    return this.lines;
  }

  private state(collector: RunningCollector): Parameters<typeof check>[1] {
    return { outputs: this.ends.outputs, ledger: collector.ledger(), folder: this.folder };
  }

  /** Whoever waits at the shutdown waits for this clock. */
  private async drain(collector: RunningCollector): Promise<void> {
    let isDone = false;
    const done = collector.shutdown().finally(() => {
      isDone = true;
    });
    // Real turns of the event loop between the steps: files are closed at the world's own time.
    for (let passed = 0; !isDone && passed < DRAIN_MS; passed += DRAIN_STEP_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      if (!isDone) await this.clock.tickAsync(DRAIN_STEP_MS);
    }
    await done;
  }

  private async send(send: Send): Promise<void> {
    const json = send.otlp ?? (await readJson(this.folder, send.file ?? ""));
    const batch = readBatch(signalOf(json), toBytes(signalOf(json), json));
    const { id, consumer } = this.input(send.receiver, batch);
    for (let time = 0; time < send.times; time++) {
      const outcome: Outcome = await consumer.consume(batch);
      if ((outcome !== undefined) === send.refused) continue;
      this.lines.push(
        outcome === undefined
          ? `receiver ${id}: expected a refusal, but the batch was taken`
          : `receiver ${id}: refused: ${outcome.message} (${outcome.reason})`,
      );
      return;
    }
  }

  private input(named: string | undefined, batch: Batch): { id: string; consumer: Consumer } {
    const takers = [...this.ends.inputs].flatMap(([id, consumers]) => {
      const consumer = consumers[batch.signal];
      return consumer === undefined || (named !== undefined && named !== id) ? [] : [{ id, consumer }];
    });
    const [first, second] = takers;
    if (first === undefined) throw new Error(`no receiver ${named ?? ""} takes ${batch.signal}`.replace("  ", " "));
    if (second !== undefined) {
      throw new Error(`${takers.map(({ id }) => id).join(" and ")} take ${batch.signal}: say which receiver is meant`);
    }
    return first;
  }
}
