import { createHash } from "node:crypto";
import { staleNaN } from "@venturi/otlp";
import type { SeriesSource } from "@venturi/promql";
import type { LabelPairs } from "../metrics/series.js";
import type { SentAlert } from "./alert.js";
import { AlertingRule } from "./alerting-rule.js";
import { sortedPairs } from "./labels.js";
import { RecordingRule } from "./recording-rule.js";
import { restoreAlerts } from "./restore.js";
import type { RuleQuery, RuleSample } from "./rule.js";
import type { RuleGroupConfig } from "./rule-file.js";

export type Rule = AlertingRule | RecordingRule;

/** Takes the samples of one rule: all of them, or it rejects. */
export type RuleAppend = (
  samples: readonly { pairs: LabelPairs; sample: RuleSample; isStale: boolean }[],
) => Promise<void>;

export interface RuleGroupSettings {
  readonly intervalMs: number;
  readonly externalUrl: string;
  readonly query: RuleQuery;
  readonly append: RuleAppend;
  readonly source: SeriesSource;
  readonly notify: (alerts: readonly SentAlert[]) => void;
  /** A firing alert is told again after so long. */
  readonly resendDelayMs: number;
  readonly log: (line: string) => void;
}

/** Rules that are evaluated one after the other, at the same time, again and again. */
export class RuleGroup {
  readonly config: RuleGroupConfig;
  readonly rules: readonly Rule[];
  readonly intervalMs: number;
  readonly #settings: RuleGroupSettings;
  /** What each rule wrote last time, by its labels as text: what is missing next time is marked stale. */
  readonly #written: Map<string, LabelPairs>[];
  #evaluations = 0;
  /** Milliseconds. */
  durationMs = 0;
  /** When the last evaluation began, in milliseconds since 1970. */
  evaluatedAtMs: number | undefined;

  constructor(config: RuleGroupConfig, settings: RuleGroupSettings) {
    this.config = config;
    this.#settings = settings;
    this.intervalMs = config.intervalMs ?? settings.intervalMs;
    this.rules = config.rules.map((rule) => {
      return rule.kind === "alerting" ? new AlertingRule(rule, settings.externalUrl) : new RecordingRule(rule);
    });
    this.#written = this.rules.map(() => new Map());
  }

  /** The first time to evaluate after `nowMs`: groups are spread over their interval, each always at its own place in it. */
  nextTimeMs(nowMs: number): number {
    const hash = createHash("sha256").update(`${this.config.file};${this.config.name}`).digest();
    const offsetMs = hash.readUInt32BE(0) % this.intervalMs;
    return (Math.floor((nowMs - offsetMs) / this.intervalMs) + 1) * this.intervalMs + offsetMs;
  }

  /** Evaluates every rule for `timeMs`. Never rejects: a rule that fails says so in its outcome. */
  async evaluate(timeMs: number, signal: AbortSignal): Promise<void> {
    const startedMs = performance.now();
    this.evaluatedAtMs = timeMs;
    for (const [index, rule] of this.rules.entries()) {
      if (signal.aborted) return;
      await this.#evaluateRule(rule, this.#written[index] as Map<string, LabelPairs>, timeMs, signal);
    }
    this.durationMs = performance.now() - startedMs;
    // As in Prometheus, the second evaluation has what the first one's recording rules wrote.
    if (++this.#evaluations === 2) await this.#restore(timeMs);
  }

  async #evaluateRule(
    rule: Rule,
    written: Map<string, LabelPairs>,
    timeMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { query, resendDelayMs, notify } = this.#settings;
    const { queryOffsetMs, limit } = this.config;
    const startedMs = performance.now();
    const { outcome } = rule;
    try {
      const samples = await rule.evaluate({ timeMs, queryOffsetMs, limit, query });
      if (rule.kind === "alerting") notify(rule.due(timeMs, resendDelayMs, this.intervalMs));
      await this.#write(samples, written, timeMs - queryOffsetMs);
      Object.assign(outcome, { health: "ok", lastError: "" });
    } catch (cause) {
      if (signal.aborted) return;
      const message = cause instanceof Error ? cause.message : String(cause);
      if (outcome.lastError !== message) this.#settings.log(`store: rule "${rule.config.name}" failed: ${message}`);
      Object.assign(outcome, { health: "err", lastError: message });
    }
    outcome.durationMs = performance.now() - startedMs;
    outcome.evaluatedAtMs = timeMs;
  }

  async #write(samples: readonly RuleSample[], written: Map<string, LabelPairs>, timestampMs: number): Promise<void> {
    const current = new Map<string, LabelPairs>();
    const rows: Parameters<RuleAppend>[0][number][] = samples.map((sample) => {
      const pairs = sortedPairs(sample.labels);
      current.set(JSON.stringify(pairs), pairs);
      return { pairs, sample, isStale: false };
    });
    for (const [key, pairs] of written) {
      if (current.has(key)) continue;
      rows.push({ pairs, sample: { labels: {}, timestampMs, value: staleNaN }, isStale: true });
    }
    await this.#settings.append(rows);
    written.clear();
    for (const [key, pairs] of current) written.set(key, pairs);
  }

  async #restore(nowMs: number): Promise<void> {
    for (const rule of this.rules) {
      if (rule.kind !== "alerting") continue;
      try {
        await restoreAlerts(rule, this.#settings.source, nowMs);
      } catch (cause) {
        rule.isRestored = true;
        this.#settings.log(`store: cannot restore alert "${rule.config.name}": ${String(cause)}`);
      }
    }
  }
}
