import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Engine, toApiData } from "@venturi/promql";
import { onTestFinished } from "vitest";
import { Database } from "../database/database.js";
import { IngestStats } from "../ingest/ingest-stats.js";
import { WriteBehind } from "../ingest/write-behind.js";
import { MetricStore } from "../metrics/metric-store.js";
import type { LabelPairs } from "../metrics/series.js";
import { RuleManager, type RuleSettings } from "../rules/rule-manager.js";
import { temporaryDirectory } from "./test-store.js";

/** A clock that stands still until it is set. */
export interface TestClock {
  /** Milliseconds since 1970. */
  now: number;
}

/** Where the tests' time begins: a whole hour. */
export const startMs = 1_700_002_800_000;

/** Rules over a real metric store, on a clock of the test's own. */
export class RuleHarness {
  readonly clock: TestClock;
  readonly metrics: MetricStore;
  readonly writes: WriteBehind;
  readonly log: string[] = [];
  readonly #directory: string;
  readonly #engine = new Engine();

  private constructor(directory: string, database: Database, clock: TestClock) {
    this.#directory = directory;
    this.clock = clock;
    const settings = { retentionMs: 7 * 86_400_000, maxSeries: 10_000, now: () => clock.now };
    this.metrics = new MetricStore(database, new IngestStats(), settings);
    const writing = { flushIntervalMs: 60_000, maxPendingBytes: 1e8, log: () => undefined };
    this.writes = new WriteBehind(database, 1n, writing);
  }

  static async open(): Promise<RuleHarness> {
    const directory = await temporaryDirectory();
    const database = await Database.open({ path: ":memory:" });
    const harness = new RuleHarness(directory, database, { now: startMs });
    onTestFinished(async () => {
      harness.writes.stop();
      await database.close();
    });
    return harness;
  }

  /** Path of a rule file with this text. */
  async file(name: string, yaml: string): Promise<string> {
    const path = join(this.#directory, name);
    await writeFile(path, yaml);
    return path;
  }

  async remove(name: string): Promise<void> {
    await rm(join(this.#directory, name));
  }

  /** Rules of the files `*.yml`; stopped after the test. */
  async rules(settings: RuleSettings = {}): Promise<RuleManager> {
    const { metrics, writes, clock, log } = this;
    const all = { ruleFiles: [join(this.#directory, "*.yml")], ...settings };
    const parts = { metrics, writes, now: () => clock.now, log: (line: string) => void log.push(line) };
    const rules = await RuleManager.load(all, parts);
    onTestFinished(() => rules.stop());
    return rules;
  }

  /** Writes one sample at the clock's time. */
  write(labels: Readonly<Record<string, string>>, value: number): void {
    const pairs: LabelPairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
    this.metrics.append(pairs, this.clock.now, value, false, this.writes.pending);
  }

  /** Result of a query at the clock's time, each element as `{labels} value`. */
  async query(expression: string): Promise<string[]> {
    const result = toApiData(await this.#engine.instant(this.metrics, expression, this.clock.now)).result;
    return (result as { metric: Record<string, string>; value: [number, string] }[]).map(({ metric, value }) => {
      const labels = Object.entries(metric).map(([name, text]) => `${name}=${text}`);
      return `{${labels.sort().join(",")}} ${value[1]}`;
    });
  }

  /** Sets the clock forward and evaluates all rules for that time. */
  async step(rules: RuleManager, byMs: number): Promise<void> {
    this.clock.now += byMs;
    await rules.evaluateAll(this.clock.now);
  }
}
