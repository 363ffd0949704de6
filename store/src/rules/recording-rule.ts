import { toText } from "@venturi/promql";
import { labelKey } from "./labels.js";
import { type Evaluation, newOutcome, type RuleOutcome, type RuleSample } from "./rule.js";
import type { RuleConfig } from "./rule-file.js";

/** Writes the result of an expression back as series of another name. */
export class RecordingRule {
  readonly kind = "recording" as const;
  readonly config: RuleConfig;
  /** The expression in its normal form. */
  readonly query: string;
  readonly outcome: RuleOutcome = newOutcome();

  constructor(config: RuleConfig) {
    this.config = config;
    this.query = toText(config.expr);
  }

  /** @throws {Error} when the result cannot be recorded */
  async evaluate({ timeMs, queryOffsetMs, limit, query }: Evaluation): Promise<RuleSample[]> {
    const result = await query(this.query, timeMs - queryOffsetMs);
    const { name, labels } = this.config;
    const samples = result.map((sample) => ({ ...sample, labels: { ...sample.labels, ...labels, __name__: name } }));
    if (new Set(samples.map((sample) => labelKey(sample.labels))).size < samples.length) {
      throw new Error("vector contains metrics with the same labelset after applying rule labels");
    }
    if (limit > 0 && samples.length > limit) {
      throw new Error(`exceeded limit of ${limit} with ${samples.length} series`);
    }
    return samples;
  }
}
