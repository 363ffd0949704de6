import type pg from "pg";

export const queueName = "order-fulfilment";

/** A failed job is tried again this often. */
export const retryLimit = 3;

export type Role = "producer" | "consumer";

export interface FulfilmentJob {
  readonly orderId: number;
  /** W3C trace context of the sender, as header names and values. */
  readonly traceContext: Readonly<Record<string, string>>;
}

export interface QueuedJob {
  readonly id: string;
  readonly data: FulfilmentJob;
}

export interface JobQueue {
  /** The `messaging.system` of spans. */
  readonly system: string;
  /** True when a job can be part of the sender's database transaction; else it must be sent after the commit. */
  readonly joinsTransaction: boolean;
  /**
   * Resolves with the job's id; `client` is null when the queue doesn't join transactions.
   * @throws Error when the queue can't take the job.
   */
  send(job: FulfilmentJob, client: pg.PoolClient | null): Promise<string>;
  /** Runs `work` for each job, at most `concurrency` at once. A later call replaces both for the jobs to come. */
  consume(concurrency: number, work: (job: QueuedJob) => Promise<void>): Promise<void>;
  /** How many jobs wait. */
  depth(): Promise<number>;
  /** Lets running jobs end, then closes what the queue opened. */
  close(): Promise<void>;
}
