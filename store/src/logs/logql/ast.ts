/** What the store understands of LogQL; see docs/store/logs.md. Times in nanoseconds. */
export type LogqlExpr = LogExpr | MetricExpr;

export interface LogExpr {
  readonly kind: "logs";
  readonly matchers: readonly LabelMatcher[];
  readonly stages: readonly Stage[];
}

export type StringOp = "=" | "!=" | "=~" | "!~";
export type NumberOp = "==" | "!=" | ">" | ">=" | "<" | "<=";

export interface LabelMatcher {
  readonly label: string;
  readonly op: StringOp;
  readonly value: string;
}

export type Stage =
  /** One of the texts must be (or for `!…`: none may be) in the line. */
  | { readonly kind: "line"; readonly op: "|=" | "!=" | "|~" | "!~"; readonly texts: readonly string[] }
  | { readonly kind: "filter"; readonly filter: LabelFilter }
  /** `label_format label=`{{ contains "text" __line__ }}``: what Grafana's way from a trace to its logs asks. */
  | { readonly kind: "contains"; readonly label: string; readonly text: string }
  | { readonly kind: "drop"; readonly labels: readonly string[] };

export type LabelFilter =
  | { readonly kind: "text"; readonly label: string; readonly op: StringOp; readonly value: string }
  | { readonly kind: "number"; readonly label: string; readonly op: NumberOp; readonly value: number }
  | { readonly kind: "and" | "or"; readonly left: LabelFilter; readonly right: LabelFilter };

export type RangeFunction = "count_over_time" | "rate" | "bytes_over_time" | "bytes_rate";

export type MetricExpr =
  | {
      readonly kind: "range";
      readonly name: RangeFunction;
      readonly logs: LogExpr;
      readonly rangeNs: bigint;
      readonly offsetNs: bigint;
    }
  | { readonly kind: "sum"; readonly grouping: Grouping | undefined; readonly inner: MetricExpr }
  /** `vector(1)+vector(1)` is how Grafana tries whether the data source works. */
  | { readonly kind: "vector"; readonly value: number };

export interface Grouping {
  readonly isBy: boolean;
  readonly labels: readonly string[];
}
