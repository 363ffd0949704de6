import { readFile } from "node:fs/promises";
import { Engine } from "@venturi/promql";
import { AlertmanagerClient } from "../alerts/alertmanager-client.js";
import type { WriteBehind } from "../ingest/write-behind.js";
import type { MetricStore } from "../metrics/metric-store.js";
import { formatUnits } from "./duration.js";
import type { RuleSample } from "./rule.js";
import { type RuleGroupConfig, readRuleFile } from "./rule-file.js";
import { type RuleAppend, RuleGroup } from "./rule-group.js";
import { expandRulePaths } from "./rule-paths.js";

export interface RuleSettings {
  /** Paths of Prometheus rule files; `*` stands for any characters of the last part. */
  readonly ruleFiles?: readonly string[] | undefined;
  /** How often a group is evaluated that does not say so itself. Default 60,000. */
  readonly evaluationIntervalMs?: number | undefined;
  /** Where alerts are sent: `http://host:9093`, with a path in front of `/api/v2/alerts` if need be. */
  readonly alertmanagerUrls?: readonly string[] | undefined;
  /** Where people find this store, for links in alerts. Default none. */
  readonly externalUrl?: string | undefined;
}

export interface RuleManagerParts {
  readonly metrics: MetricStore;
  readonly writes: WriteBehind;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: (line: string) => void;
}

const defaultIntervalMs = 60_000;
const resendDelayMs = 60_000;
const queryTimeoutMs = 120_000;

/** Evaluates recording and alerting rules, and sends alerts. */
export class RuleManager {
  /** In order of file and name. */
  readonly groups: readonly RuleGroup[];
  readonly alertmanagers: AlertmanagerClient;
  /** The configuration in Prometheus' YAML. */
  readonly configYaml: string;
  readonly #now: () => number;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  private constructor(configs: readonly RuleGroupConfig[], settings: RuleSettings, parts: RuleManagerParts) {
    const { metrics, log, now } = parts;
    this.#now = now;
    this.alertmanagers = new AlertmanagerClient(settings.alertmanagerUrls ?? [], settings.externalUrl ?? "", log);
    const engine = new Engine({ timeoutMs: queryTimeoutMs, now });
    const shared = {
      intervalMs: settings.evaluationIntervalMs ?? defaultIntervalMs,
      externalUrl: settings.externalUrl ?? "",
      query: (expression: string, timeMs: number) => evaluate(engine, metrics, expression, timeMs, this.#stop.signal),
      append: appender(parts),
      source: metrics,
      notify: (alerts: Parameters<AlertmanagerClient["send"]>[0]) => this.alertmanagers.send(alerts),
      resendDelayMs,
      log,
    };
    this.groups = configs.map((config) => new RuleGroup(config, shared));
    this.configYaml = configYaml(settings);
  }

  /**
   * Reads all rule files; nothing is evaluated before `start`.
   * @throws {Error} with a line `file:line:column: problem` for each problem
   */
  static async load(settings: RuleSettings, parts: RuleManagerParts): Promise<RuleManager> {
    const configs: RuleGroupConfig[] = [];
    const problems: string[] = [];
    for (const path of await expandRulePaths(settings.ruleFiles ?? [])) {
      try {
        configs.push(...readRuleFile(path, await readFile(path, "utf8")));
      } catch (cause) {
        problems.push((cause as Error).message);
      }
    }
    if (problems.length > 0) throw new Error(`cannot read rules:\n${problems.join("\n")}`);
    configs.sort((a, b) => compare(a.file, b.file) || compare(a.name, b.name));
    return new RuleManager(configs, settings, parts);
  }

  /** Begins to evaluate every group at its own time. */
  start(): void {
    for (const group of this.groups) this.#schedule(group, group.nextTimeMs(this.#now()));
  }

  /** Evaluates every group for one time now: for tests and tools that keep their own clock. */
  async evaluateAll(timeMs: number): Promise<void> {
    for (const group of this.groups) await group.evaluate(timeMs, this.#stop.signal);
    await this.alertmanagers.drain();
  }

  /** Ends the running evaluation and waits for alerts that are on their way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    await Promise.all(this.#running);
    await this.alertmanagers.stop();
  }

  #schedule(group: RuleGroup, timeMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      const run = group.evaluate(timeMs, this.#stop.signal).then(() => {
        this.#running.delete(run);
        // Times that passed during a slow evaluation are left out.
        if (!this.#stop.signal.aborted)
          this.#schedule(group, Math.max(timeMs + group.intervalMs, group.nextTimeMs(this.#now())));
      });
      this.#running.add(run);
    }, timeMs - this.#now());
    timer.unref();
    this.#timers.add(timer);
  }
}

async function evaluate(
  engine: Engine,
  metrics: MetricStore,
  expression: string,
  timeMs: number,
  signal: AbortSignal,
): Promise<RuleSample[]> {
  const result = await engine.instant(metrics, expression, timeMs, signal);
  if (result.resultType === "vector") return result.vector.map((sample) => ({ ...sample, timestampMs: timeMs }));
  if (result.resultType === "scalar") return [{ labels: {}, timestampMs: timeMs, value: result.scalar.value }];
  throw new Error("rule result is not a vector or scalar");
}

/** Samples of rules are stored like any others; one that comes too late for its series is left out. */
function appender({ metrics, writes }: RuleManagerParts): RuleAppend {
  return async (rows) => {
    if (rows.length === 0) return;
    await writes.admit();
    const { pending } = writes;
    for (const { pairs, sample, isStale } of rows) {
      const { timestampMs, value, histogram } = sample;
      if (histogram === undefined) metrics.append(pairs, timestampMs, value, isStale, pending);
      else metrics.appendHistogram(pairs, timestampMs, histogram, pending);
    }
  };
}

function configYaml({ evaluationIntervalMs, ruleFiles = [], alertmanagerUrls = [] }: RuleSettings): string {
  const lines = ["global:", `  evaluation_interval: ${formatUnits(evaluationIntervalMs ?? defaultIntervalMs)}`];
  if (alertmanagerUrls.length > 0) {
    const targets = alertmanagerUrls.map((url) => `      - ${JSON.stringify(new URL(url).host)}`);
    lines.push("alerting:", "  alertmanagers:", "  - static_configs:", "    - targets:", ...targets);
  }
  if (ruleFiles.length > 0) lines.push("rule_files:", ...ruleFiles.map((path) => `- ${JSON.stringify(path)}`));
  return `${lines.join("\n")}\n`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
