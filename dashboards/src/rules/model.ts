/** A recording rule: `record` is named level:metric:operations, as Prometheus advises. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/** An alerting rule. */
export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  /** How long the condition must hold, as a Prometheus duration. */
  readonly for: string;
  readonly labels: { readonly severity: "warning" | "critical" };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    /** Where a person reads what to do. */
    readonly runbook_url: string;
    /** The dashboard that shows the condition. */
    readonly dashboard_uid: string;
  };
}

/** A group is evaluated in order, at one interval. */
export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly (RecordingRule | AlertingRule)[];
}
