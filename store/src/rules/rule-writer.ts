import type { WriteBehind } from "../ingest/write-behind.js";
import type { MetricStore } from "../metrics/metric-store.js";
import type { RuleAppend, RuleRow } from "./rule-group.js";

/** Why a sample of a rule is not kept, in Prometheus' words where it has some. */
const refusals: Readonly<Record<string, string>> = {
  out_of_order: "out of order sample",
  duplicate_timestamp: "duplicate sample for timestamp",
  too_old: "too old sample",
};

/** Samples of rules are stored like any others: later rules see them at once. */
export function ruleWriter(metrics: MetricStore, writes: WriteBehind): RuleAppend {
  const append = ({ pairs, sample, isStale }: RuleRow): string | undefined => {
    const { pending } = writes;
    const { timestampMs, value, histogram } = sample;
    const series = metrics.resolve(pairs, pending);
    if (series === undefined) return "too many series";
    return refusals[
      histogram === undefined
        ? metrics.appendTo(series, timestampMs, value, isStale, pending)
        : metrics.appendHistogramTo(series, timestampMs, histogram, pending)
    ];
  };
  return async (rows) => {
    if (rows.length === 0) return [];
    await writes.admit();
    return rows.map(append);
  };
}
