import type { BoundEndpoint, ConfigSources } from "../collector.js";
import type { LedgerSnapshot } from "../ledger.js";
import type { WorkerRole } from "./worker-view.js";

/** The primary reads the configuration, so that all workers have the same. */
export interface Assignment {
  readonly role: WorkerRole;
  readonly sources: ConfigSources;
}

/** What the primary asks a worker, and what is answered. */
export interface Questions {
  readonly start: Assignment;
  readonly reload: Assignment;
  readonly endpoints: object;
  readonly ledger: object;
  /** The worker's own metrics, as the reader of that number wants them. */
  readonly metrics: { readonly reader: number };
  readonly shutdown: object;
}
export interface Answers {
  readonly start: "started";
  readonly reload: "reloaded";
  readonly endpoints: readonly BoundEndpoint[];
  readonly ledger: LedgerSnapshot;
  readonly metrics: string;
  readonly shutdown: LedgerSnapshot;
}
export type Topic = keyof Questions;

/** Primary to worker. */
export interface Ask<T extends Topic = Topic> {
  readonly id: number;
  readonly topic: T;
  readonly question: Questions[T];
}

/** Worker to primary. */
export type Reply =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: { readonly name: string; readonly message: string } };
