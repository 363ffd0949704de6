import { Engine } from "@venturi/promql";
import { AlertmanagerClient } from "../alerts/alertmanager-client.js";
import type { WriteBehind } from "../ingest/write-behind.js";
import type { MetricStore } from "../metrics/metric-store.js";
import { formatUnits } from "./duration.js";
import { GroupRunner } from "./group-runner.js";
import { RuleGroup, type RuleGroupSettings } from "./rule-group.js";
import { loadRuleGroups } from "./rule-loader.js";
import { ruleQuery } from "./rule-query.js";
import { ruleWriter } from "./rule-writer.js";

export interface RuleSettings {
  /** Paths of Prometheus rule files; the last part may have `*`, `?` and `[a-z]`. */
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
  readonly alertmanagers: AlertmanagerClient;
  /** The configuration in Prometheus' YAML. */
  readonly configYaml: string;
  readonly #settings: RuleSettings;
  readonly #groupSettings: RuleGroupSettings;
  readonly #stop = new AbortController();
  readonly #retirements = new Set<NodeJS.Timeout>();
  #runners: readonly GroupRunner[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #isStarted = false;

  private constructor(settings: RuleSettings, { metrics, writes, log, now }: RuleManagerParts) {
    this.#settings = settings;
    const url = (settings.externalUrl ?? "").replace(/\/$/, "");
    this.alertmanagers = new AlertmanagerClient(settings.alertmanagerUrls ?? [], url, log);
    const engine = new Engine({ timeoutMs: queryTimeoutMs, now });
    this.#groupSettings = {
      intervalMs: settings.evaluationIntervalMs ?? defaultIntervalMs,
      external: { url, labels: {} },
      query: ruleQuery(engine, metrics, this.#stop.signal),
      append: ruleWriter(metrics, writes),
      source: metrics,
      notify: (alerts) => this.alertmanagers.send(alerts),
      resendDelayMs,
      now,
      log,
    };
    this.configYaml = configYaml(settings);
  }

  /**
   * Reads all rule files; nothing is evaluated before `start`.
   * @throws {Error} with a line `file:line:column: problem` for each problem
   */
  static async load(settings: RuleSettings, parts: RuleManagerParts): Promise<RuleManager> {
    const manager = new RuleManager(settings, parts);
    manager.#runners = await manager.#read(true);
    return manager;
  }

  /** In order of file and name. */
  get groups(): readonly RuleGroup[] {
    return this.#runners.map(({ group }) => group);
  }

  /** Begins to evaluate every group at its own time. */
  start(): void {
    this.#isStarted = true;
    for (const runner of this.#runners) runner.start();
  }

  /** Evaluates every group for one time now: for tests and tools that keep their own clock. */
  async evaluateAll(timeMs: number): Promise<void> {
    for (const runner of this.#runners) await runner.evaluate(timeMs);
    await this.alertmanagers.drain();
  }

  /**
   * Reads the rule files again. Groups that did not change go on; alerts of the others live on where their rule has kept
   * its name and labels.
   * @throws {Error} the problems, a line each: the rules stay as they were
   */
  reload(): Promise<void> {
    const turn = this.#turn.then(() => this.#reload());
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Ends the running evaluation and sends the alerts that wait. */
  async stop(): Promise<void> {
    this.#stop.abort();
    for (const timer of this.#retirements) clearTimeout(timer);
    await this.#turn;
    await Promise.all(this.#runners.map((runner) => runner.stop()));
    await this.alertmanagers.stop();
  }

  async #read(restores: boolean): Promise<GroupRunner[]> {
    try {
      const configs = await loadRuleGroups(this.#settings.ruleFiles ?? []);
      const { now } = this.#groupSettings;
      return configs.map((config) => new GroupRunner(new RuleGroup(config, this.#groupSettings, restores), now));
    } catch (cause) {
      throw new Error(`cannot read rules: ${(cause as Error).message}`, { cause });
    }
  }

  async #reload(): Promise<void> {
    const runners = await this.#read(false);
    if (this.#stop.signal.aborted) return;
    const old = new Map(this.#runners.map((runner) => [runner.group.key, runner]));
    const next: GroupRunner[] = [];
    for (const runner of runners) {
      const known = old.get(runner.group.key);
      old.delete(runner.group.key);
      const isSame = known?.group.isSameAs(runner.group) === true;
      next.push(isSame ? known : runner);
      if (isSame) continue;
      if (known !== undefined) {
        await known.stop();
        runner.group.adopt(known.group);
      }
      if (this.#isStarted) runner.start();
    }
    this.#runners = next;
    for (const runner of old.values()) await this.#retire(runner);
  }

  /** Two intervals give a rule that moved the time to go on with its series, before they are marked stale. */
  async #retire(runner: GroupRunner): Promise<void> {
    await runner.stop();
    const timeMs = this.#groupSettings.now();
    const timer = setTimeout(
      () => {
        this.#retirements.delete(timer);
        this.#turn = this.#turn.then(() => runner.group.retire(timeMs));
      },
      Math.min(2 * runner.group.slot.intervalMs, 2 ** 31 - 1),
    );
    timer.unref();
    this.#retirements.add(timer);
  }
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
