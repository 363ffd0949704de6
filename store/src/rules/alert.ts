export type AlertState = "inactive" | "pending" | "firing";

/** One label set for which an alert's expression holds, or held until lately. All times in milliseconds since 1970. */
export interface Alert {
  state: AlertState;
  readonly labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  /** At the last evaluation. */
  value: number;
  activeAtMs: number;
  firedAtMs: number | undefined;
  resolvedAtMs: number | undefined;
  lastSentAtMs: number | undefined;
  keepFiringSinceMs: number | undefined;
}

/** What is told to an Alertmanager. */
export interface SentAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  /** The alert's expression. */
  readonly query: string;
}
