import type { Logger } from "../../telemetry/logger.js";
import {
  BooleanCondition,
  type Condition,
  LatencyCondition,
  NumericCondition,
  STATUS_CODES,
  StatusCondition,
  StringCondition,
  TraceFlagsCondition,
  TraceStateCondition,
} from "./conditions.js";
import type { LeafConfig, PolicyConfig } from "./config.js";
import { OttlCondition, OttlFailure, OttlPolicy, SpanContext } from "./ottl-policy.js";
import {
  ALWAYS,
  AllPolicy,
  CompositePolicy,
  ConditionPolicy,
  LimitPolicy,
  type NamedPolicy,
  NotPolicy,
  type Policy,
  ProbabilisticPolicy,
  SpanCountPolicy,
} from "./policies.js";
import { TokenBucket } from "./token-bucket.js";
import { DROPPED, SAMPLED } from "./verdict.js";

/** Milliseconds of a clock that does not jump, for rates, and of the wall clock, for seconds. */
export interface Clock {
  readonly monotonicMs: () => number;
  readonly wallMs: () => number;
}

export interface CompiledPolicies {
  /** Drop policies come first: their word is final. */
  readonly policies: readonly NamedPolicy[];
  /** What is to be kept up to date of each trace while its spans arrive. */
  readonly conditions: readonly Condition[];
  /** The attributes that conditions look at. */
  readonly attributes: readonly string[];
  readonly needsTimes: boolean;
  readonly needsSizes: boolean;
}

/**
 * Makes policies of their configuration.
 * @throws Error for a pattern or a condition that is none.
 */
export function compilePolicies(configs: readonly PolicyConfig[], clock: Clock, log: Logger): CompiledPolicies {
  return new PolicyCompiler(clock, log).compile(configs);
}

class PolicyCompiler {
  private readonly conditions: Condition[] = [];
  private needsTimes = false;
  private needsSizes = false;
  private readonly clock: Clock;
  private readonly log: Logger;
  private readonly spanContext = new SpanContext();

  constructor(clock: Clock, log: Logger) {
    this.clock = clock;
    this.log = log;
  }

  compile(configs: readonly PolicyConfig[]): CompiledPolicies {
    const named = configs.map((config) => ({ name: config.name, type: config.type, policy: this.policy(config) }));
    const { conditions, needsTimes, needsSizes } = this;
    const attributes = [...new Set(conditions.flatMap(({ attribute }) => attribute ?? []))];
    for (const condition of conditions) {
      if (condition.attribute !== undefined) condition.slot = attributes.indexOf(condition.attribute);
    }
    const policies = [...named.filter(({ type }) => type === "drop"), ...named.filter(({ type }) => type !== "drop")];
    return { policies, conditions, attributes, needsTimes, needsSizes };
  }

  private policy(config: PolicyConfig): Policy {
    switch (config.type) {
      case "and":
        return new AllPolicy(this.all(config.and?.and_sub_policy), SAMPLED);
      case "drop":
        return new AllPolicy(this.all(config.drop?.drop_sub_policy), DROPPED);
      case "not":
        if (config.not === undefined) throw new Error("a not policy needs not_sub_policy");
        return new NotPolicy(this.policy(config.not.not_sub_policy));
      case "composite":
        return this.composite(config.composite);
      default:
        return this.leaf(config as LeafConfig);
    }
  }

  private all(configs: readonly PolicyConfig[] = []): Policy[] {
    return configs.map((config) => this.policy(config));
  }

  private leaf(config: LeafConfig): Policy {
    const { monotonicMs } = this.clock;
    switch (config.type) {
      case "always_sample":
        return ALWAYS;
      case "latency": {
        const { threshold_ms, upper_threshold_ms } = config.latency;
        this.needsTimes = true;
        return this.when(new LatencyCondition(threshold_ms, upper_threshold_ms), false, upper_threshold_ms > 0);
      }
      case "numeric_attribute": {
        const { key, min_value, max_value, invert_match } = config.numeric_attribute;
        if (min_value === 0 && max_value === 0) throw new Error("at least one of min_value and max_value must be set");
        return this.when(new NumericCondition(key, min_value, max_value), invert_match);
      }
      case "probabilistic":
        return new ProbabilisticPolicy(config.probabilistic.hash_salt, config.probabilistic.sampling_percentage);
      case "status_code":
        return this.when(new StatusCondition(knownStatusCodes(config.status_code.status_codes)));
      case "string_attribute": {
        const { key, values, enabled_regex_matching: regex, cache_max_size: cacheSize } = config.string_attribute;
        return this.when(new StringCondition(key, { values, regex, cacheSize }), config.string_attribute.invert_match);
      }
      case "rate_limiting": {
        const { spans_per_second: rate, burst_capacity } = config.rate_limiting;
        const bucket = new TokenBucket(rate, burst_capacity > 0 ? burst_capacity : rate * 2, monotonicMs);
        return new LimitPolicy(bucket, (trace) => trace.spanCount);
      }
      case "bytes_limiting": {
        const { bytes_per_second: rate, burst_capacity } = config.bytes_limiting;
        this.needsSizes = true;
        const bucket = new TokenBucket(rate, burst_capacity > 0 ? burst_capacity : rate * 2, monotonicMs);
        return new LimitPolicy(bucket, (trace) => trace.byteLength);
      }
      case "span_count":
        return new SpanCountPolicy(config.span_count.min_spans, config.span_count.max_spans);
      case "trace_state":
        return this.when(new TraceStateCondition(config.trace_state.key, config.trace_state.values));
      case "trace_flags":
        return this.when(new TraceFlagsCondition());
      case "boolean_attribute": {
        const { key, value, invert_match } = config.boolean_attribute;
        return this.when(new BooleanCondition(key, value), invert_match);
      }
      case "ottl_condition":
        return this.ottl(config.ottl_condition);
    }
  }

  private ottl(config: LeafConfig["ottl_condition"]): Policy {
    const condition = new OttlCondition(config, this.spanContext, this.log);
    const settled = this.conditions.push(condition) - 1;
    return new OttlPolicy(settled, this.conditions.push(new OttlFailure(condition)) - 1);
  }

  private composite(config: PolicyConfig["composite"]): Policy {
    const { composite_sub_policy = [], rate_allocation = [], max_total_spans_per_second: total = 0 } = config ?? {};
    const rates = new Map<string, number>();
    for (const { policy, percent } of rate_allocation) {
      rates.set(policy, percent > 0 ? (percent / 100) * total : total / composite_sub_policy.length);
    }
    const parts = composite_sub_policy.map((sub) => ({
      policy: this.policy(sub),
      perSecond: Math.trunc(rates.get(sub.name) ?? 0),
      sampled: 0,
    }));
    return new CompositePolicy(parts, total, this.clock.wallMs);
  }

  private when(condition: Condition, inverted = false, stateful = false): Policy {
    return new ConditionPolicy(this.conditions.push(condition) - 1, inverted, stateful);
  }
}

function knownStatusCodes(codes: readonly string[]): readonly string[] {
  if (codes.length === 0) throw new Error("expected at least one status code to filter on");
  const unknown = codes.find((code) => !STATUS_CODES.includes(code));
  if (unknown !== undefined) throw new Error(`unknown status code "${unknown}", supported: OK, ERROR, UNSET`);
  return codes;
}
