import { staleNaN } from "@venturi/otlp";
import { type SeriesSource, toText } from "@venturi/promql";
import type { LabelPairs } from "../metrics/series.js";
import type { SentAlert } from "./alert.js";
import { AlertingRule } from "./alerting-rule.js";
import { GroupSlot } from "./group-slot.js";
import { sortedPairs } from "./labels.js";
import { RecordingRule } from "./recording-rule.js";
import { restoreAlerts } from "./restore.js";
import type { External, RuleQuery, RuleSample } from "./rule.js";
import type { RuleGroupConfig } from "./rule-file.js";

export type Rule = AlertingRule | RecordingRule;

export interface RuleRow {
  readonly pairs: LabelPairs;
  readonly sample: RuleSample;
  readonly isStale: boolean;
}

/** Takes samples; answers for each why it was refused, or undefined when it is kept. */
export type RuleAppend = (rows: readonly RuleRow[]) => Promise<readonly (string | undefined)[]>;

export interface RuleGroupSettings {
  readonly intervalMs: number;
  readonly external: External;
  readonly query: RuleQuery;
  readonly append: RuleAppend;
  readonly source: SeriesSource;
  readonly notify: (alerts: readonly SentAlert[]) => void;
  /** A firing alert is told again after so long. */
  readonly resendDelayMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: (line: string) => void;
}

/** Rules that are evaluated one after the other, at the same time, again and again. */
export class RuleGroup {
  readonly config: RuleGroupConfig;
  readonly rules: readonly Rule[];
  readonly slot: GroupSlot;
  readonly #settings: RuleGroupSettings;
  /** What each rule wrote last time, by its labels as text: what is missing next time is marked stale. */
  readonly #written: Map<string, LabelPairs>[];
  /** Series of rules that are no more, to be marked stale. */
  #stale: LabelPairs[] = [];
  #evaluationsToRestore: number;
  /** Milliseconds. */
  durationMs = 0;
  /** When the last evaluation began, in milliseconds since 1970. */
  evaluatedAtMs: number | undefined;

  /** @param restores whether alerts of an earlier run of the program are taken up */
  constructor(config: RuleGroupConfig, settings: RuleGroupSettings, restores: boolean) {
    this.config = config;
    this.#settings = settings;
    this.slot = new GroupSlot(config.file, config.name, config.intervalMs ?? settings.intervalMs);
    this.rules = config.rules.map((rule) => {
      return rule.kind === "alerting" ? new AlertingRule(rule, settings.external) : new RecordingRule(rule);
    });
    this.#written = this.rules.map(() => new Map());
    // As in Prometheus, the second evaluation has what the first one's recording rules wrote.
    this.#evaluationsToRestore = restores ? 2 : 0;
    if (!restores) for (const rule of this.rules) if (rule.kind === "alerting") rule.isRestored = true;
  }

  get key(): string {
    return `${this.config.file};${this.config.name}`;
  }

  isSameAs(other: RuleGroup): boolean {
    return this.slot.intervalMs === other.slot.intervalMs && definition(this.config) === definition(other.config);
  }

  /** Takes over what the group was that was in its place before the files were read again. */
  adopt(from: RuleGroup): void {
    this.durationMs = from.durationMs;
    this.evaluatedAtMs = from.evaluatedAtMs;
    this.#stale = from.#stale;
    const left = new Set(from.rules.keys());
    for (const [index, rule] of this.rules.entries()) {
      const at = [...left].find((other) => nameAndLabels(from.rules[other] as Rule) === nameAndLabels(rule));
      if (at === undefined) continue;
      left.delete(at);
      this.#written[index] = from.#written[at] as Map<string, LabelPairs>;
      const old = from.rules[at];
      if (rule.kind === "alerting" && old?.kind === "alerting") rule.adopt(old);
    }
    for (const at of left) this.#stale.push(...(from.#written[at]?.values() ?? []));
  }

  /** Evaluates every rule for `timeMs`. Never rejects: a rule that fails says so in its outcome. */
  async evaluate(timeMs: number, signal: AbortSignal): Promise<void> {
    const { now } = this.#settings;
    const evaluatedAtMs = now();
    const startedMs = performance.now();
    for (const [index, rule] of this.rules.entries()) {
      if (signal.aborted) return;
      await this.#evaluateRule(rule, this.#written[index] as Map<string, LabelPairs>, timeMs, signal);
    }
    await this.#markStale(timeMs);
    this.durationMs = performance.now() - startedMs;
    this.evaluatedAtMs = evaluatedAtMs;
    if (this.#evaluationsToRestore > 0 && --this.#evaluationsToRestore === 0) await this.#restore(now());
  }

  /** Marks everything stale that the group wrote: it is no more. */
  async retire(timeMs: number): Promise<void> {
    for (const written of this.#written) this.#stale.push(...written.values());
    await this.#markStale(timeMs);
  }

  async #evaluateRule(
    rule: Rule,
    written: Map<string, LabelPairs>,
    timeMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { query, resendDelayMs, notify, now } = this.#settings;
    const { queryOffsetMs, limit } = this.config;
    const { outcome } = rule;
    const evaluatedAtMs = now();
    const startedMs = performance.now();
    try {
      const samples = await rule.evaluate({ timeMs, queryOffsetMs, limit, query });
      if (rule.kind === "alerting") notify(rule.due(timeMs, resendDelayMs, this.slot.intervalMs));
      const refused = await this.#write(samples, written, timeMs - queryOffsetMs);
      if (refused !== undefined) throw new Error(refused);
      Object.assign(outcome, { health: "ok", lastError: "" });
    } catch (cause) {
      if (signal.aborted) return;
      const message = cause instanceof Error ? cause.message : String(cause);
      if (outcome.lastError !== message) this.#settings.log(`store: rule "${rule.config.name}" failed: ${message}`);
      Object.assign(outcome, { health: "err", lastError: message });
    }
    outcome.durationMs = performance.now() - startedMs;
    outcome.evaluatedAtMs = evaluatedAtMs;
  }

  /** Answers why the last sample that was refused was so; the others are kept. */
  async #write(
    samples: readonly RuleSample[],
    written: Map<string, LabelPairs>,
    timestampMs: number,
  ): Promise<string | undefined> {
    const rows = samples.map((sample): RuleRow => ({ pairs: sortedPairs(sample.labels), sample, isStale: false }));
    const refusals = await this.#settings.append(rows);
    const current = new Map<string, LabelPairs>();
    for (const [index, { pairs }] of rows.entries()) {
      if (refusals[index] === undefined) current.set(JSON.stringify(pairs), pairs);
    }
    const gone = [...written].filter(([key]) => !current.has(key)).map(([, pairs]) => pairs);
    // A refusal is expected where another rule goes on with the series.
    await this.#settings.append(gone.map((pairs) => staleRow(pairs, timestampMs)));
    written.clear();
    for (const [key, pairs] of current) written.set(key, pairs);
    return refusals.findLast((refusal) => refusal !== undefined);
  }

  async #markStale(timeMs: number): Promise<void> {
    if (this.#stale.length === 0) return;
    const rows = this.#stale.map((pairs) => staleRow(pairs, timeMs - this.config.queryOffsetMs));
    this.#stale = [];
    await this.#settings.append(rows).catch((cause: unknown) => {
      this.#settings.log(`store: cannot mark series of rules stale: ${String(cause)}`);
    });
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

function staleRow(pairs: LabelPairs, timestampMs: number): RuleRow {
  return { pairs, sample: { labels: {}, timestampMs, value: staleNaN }, isStale: true };
}

function nameAndLabels({ config }: Rule): string {
  return JSON.stringify([config.name, sortedPairs(config.labels)]);
}

/** Everything that makes a group what it is, as text. */
function definition({ queryOffsetMs, limit, rules }: RuleGroupConfig): string {
  const texts = rules.map(({ expr, labels, annotations, ...rest }) => {
    return { ...rest, query: toText(expr), labels: sortedPairs(labels), annotations: sortedPairs(annotations) };
  });
  return JSON.stringify([queryOffsetMs, limit, texts]);
}
