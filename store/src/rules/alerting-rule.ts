import { toText } from "@venturi/promql";
import type { Alert, AlertState, SentAlert } from "./alert.js";
import { AlertTexts } from "./alert-texts.js";
import { labelKey } from "./labels.js";
import { type Evaluation, type External, newOutcome, type RuleOutcome, type RuleSample } from "./rule.js";
import type { RuleConfig } from "./rule-file.js";

/** How long a resolved alert is remembered, so that an Alertmanager that was away hears of it. */
const resolvedRetentionMs = 15 * 60_000;

const rank: Readonly<Record<AlertState, number>> = { inactive: 0, pending: 1, firing: 2 };

/** Turns the elements of an expression's result into alerts that are pending, then firing, then resolved. */
export class AlertingRule {
  readonly kind = "alerting" as const;
  readonly config: RuleConfig;
  /** The expression in its normal form. */
  readonly query: string;
  readonly outcome: RuleOutcome = newOutcome();
  /** By the key of their labels. */
  readonly active: Map<string, Alert> = new Map();
  /** Only once the state of an earlier run is read back, `ALERTS_FOR_STATE` may be written over it. */
  isRestored = false;
  readonly #texts: AlertTexts;

  constructor(config: RuleConfig, external: External) {
    this.config = config;
    this.query = toText(config.expr);
    this.#texts = new AlertTexts(config, external);
  }

  /** Takes over the alerts of the rule that was in its place before the files were read again. */
  adopt(from: AlertingRule): void {
    for (const [key, alert] of from.active) this.active.set(key, alert);
  }

  /** The highest state of its alerts. */
  get state(): AlertState | "unknown" {
    if (this.outcome.evaluatedAtMs === undefined) return "unknown";
    let highest: AlertState = "inactive";
    for (const { state } of this.active.values()) if (rank[state] > rank[highest]) highest = state;
    return highest;
  }

  /** Pending and firing ones. */
  get activeAlerts(): Alert[] {
    return [...this.active.values()].filter((alert) => alert.resolvedAtMs === undefined);
  }

  /**
   * One step of every alert's life; answers the samples of ALERTS and ALERTS_FOR_STATE.
   * @throws {Error} when the expression fails, two alerts have the same labels, or there are more than the limit
   */
  async evaluate(evaluation: Evaluation): Promise<RuleSample[]> {
    const { timeMs, queryOffsetMs, limit, query } = evaluation;
    const found = await this.#found(await query(this.query, timeMs - queryOffsetMs), evaluation);
    for (const [key, alert] of found) {
      const known = this.active.get(key);
      if (known === undefined || known.state === "inactive") this.active.set(key, alert);
      else Object.assign(known, { value: alert.value, annotations: alert.annotations });
    }
    const samples: RuleSample[] = [];
    let count = 0;
    for (const [key, alert] of this.active) {
      if (found.has(key)) alert.keepFiringSinceMs = undefined;
      else if (!this.#fade(key, alert, timeMs)) continue;
      count++;
      this.#advance(alert, timeMs);
      if (this.isRestored) samples.push(...this.#samples(alert, timeMs - queryOffsetMs));
    }
    if (limit > 0 && count > limit) {
      this.active.clear();
      throw new Error(`exceeded limit of ${limit} with ${count} alerts`);
    }
    return samples;
  }

  /** Alerts to tell about now: firing ones each `resendDelayMs`, resolved ones at once. */
  due(timeMs: number, resendDelayMs: number, intervalMs: number): SentAlert[] {
    const due: SentAlert[] = [];
    for (const alert of this.active.values()) {
      if (!needsSending(alert, timeMs, resendDelayMs)) continue;
      alert.lastSentAtMs = timeMs;
      // Room for two evaluations or messages that fail.
      const validUntilMs = timeMs + 4 * Math.max(intervalMs, resendDelayMs);
      const { labels, annotations, firedAtMs = 0, resolvedAtMs } = alert;
      due.push({
        labels,
        annotations,
        startsAtMs: firedAtMs,
        endsAtMs: resolvedAtMs ?? validUntilMs,
        query: this.query,
      });
    }
    return due;
  }

  async #found(result: readonly RuleSample[], { timeMs, query }: Evaluation): Promise<Map<string, Alert>> {
    const write = this.#texts.writer(timeMs, query);
    const alerts = new Map<string, Alert>();
    for (const sample of result) {
      const { labels, annotations } = await write(sample);
      const key = labelKey(labels);
      if (alerts.has(key)) {
        throw new Error("vector contains metrics with the same labelset after applying alert labels");
      }
      alerts.set(key, newAlert(labels, annotations, sample.value, timeMs));
    }
    return alerts;
  }

  /** An alert whose expression no longer holds; answers whether it goes on firing all the same. */
  #fade(key: string, alert: Alert, timeMs: number): boolean {
    const { keepFiringForMs } = this.config;
    let keepsFiring = false;
    if (alert.state === "firing" && keepFiringForMs > 0) {
      alert.keepFiringSinceMs ??= timeMs;
      keepsFiring = timeMs - alert.keepFiringSinceMs < keepFiringForMs;
    }
    const isForgotten = alert.resolvedAtMs !== undefined && timeMs - alert.resolvedAtMs > resolvedRetentionMs;
    if (alert.state === "pending" || isForgotten) this.active.delete(key);
    if (alert.state !== "inactive" && !keepsFiring) {
      alert.state = "inactive";
      alert.resolvedAtMs = timeMs;
    }
    return keepsFiring;
  }

  #advance(alert: Alert, timeMs: number): void {
    const isDue = timeMs - alert.activeAtMs >= this.config.forMs;
    if (alert.state === "pending" && isDue) {
      alert.state = "firing";
      alert.firedAtMs = timeMs;
    } else if (alert.state === "firing" && !isDue) {
      alert.state = "pending";
      alert.firedAtMs = alert.lastSentAtMs = alert.keepFiringSinceMs = undefined;
    }
  }

  #samples(alert: Alert, timestampMs: number): RuleSample[] {
    const labels = { ...this.config.labels, ...alert.labels, alertname: this.config.name };
    return [
      { labels: { ...labels, __name__: "ALERTS", alertstate: alert.state }, timestampMs, value: 1 },
      { labels: { ...labels, __name__: "ALERTS_FOR_STATE" }, timestampMs, value: Math.floor(alert.activeAtMs / 1000) },
    ];
  }
}

function needsSending(alert: Alert, timeMs: number, resendDelayMs: number): boolean {
  if (alert.state === "pending") return false;
  const lastSentAtMs = alert.lastSentAtMs ?? Number.NEGATIVE_INFINITY;
  if (alert.resolvedAtMs !== undefined && alert.resolvedAtMs > lastSentAtMs) return true;
  return lastSentAtMs + resendDelayMs < timeMs;
}

function newAlert(
  labels: Record<string, string>,
  annotations: Record<string, string>,
  value: number,
  activeAtMs: number,
): Alert {
  return {
    state: "pending",
    labels,
    annotations,
    value,
    activeAtMs,
    firedAtMs: undefined,
    resolvedAtMs: undefined,
    lastSentAtMs: undefined,
    keepFiringSinceMs: undefined,
  };
}
