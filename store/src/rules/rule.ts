import type { FloatHistogram } from "@venturi/promql";

/** One element of what a rule's expression gives, or of what the rule writes. */
export interface RuleSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly timestampMs: number;
  /** 0 where the sample is a histogram. */
  readonly value: number;
  readonly histogram?: FloatHistogram | undefined;
}

/** Evaluates an expression at a time; its result must be a vector or a scalar. */
export type RuleQuery = (expression: string, timeMs: number) => Promise<RuleSample[]>;

export interface Evaluation {
  /** Milliseconds since 1970: the group's time, from which `queryOffsetMs` is not yet subtracted. */
  readonly timeMs: number;
  readonly queryOffsetMs: number;
  /** 0 for any number. */
  readonly limit: number;
  readonly query: RuleQuery;
}

/** What a server says of itself in alerts. */
export interface External {
  /** Where people find it. */
  readonly url: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** How the last evaluation of a rule went. */
export interface RuleOutcome {
  health: "unknown" | "ok" | "err";
  lastError: string;
  /** Milliseconds. */
  durationMs: number;
  /** When it began, in milliseconds since 1970; undefined before the first. */
  evaluatedAtMs: number | undefined;
}

export function newOutcome(): RuleOutcome {
  return { health: "unknown", lastError: "", durationMs: 0, evaluatedAtMs: undefined };
}
