/**
 * The queue between orders and worker: pg-boss on the shop's Postgres. The trace context travels in the job, by hand
 * and with nothing but the OpenTelemetry API, as in any application whose queue library is not instrumented.
 */
import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type pg from "pg";
import PgBoss from "pg-boss";
import { exclusively } from "./database/schema.js";

export const queueName = "order-fulfilment";

export interface FulfilmentJob {
  readonly orderId: number;
  /** W3C trace context of the sender, as header names and values. */
  readonly traceContext: Readonly<Record<string, string>>;
}

const tracer = trace.getTracer("shop");

/**
 * Opens the queue on the process's one pool. The consumer also keeps the queue's tables in order (expiry, archive).
 */
export async function openQueue(pool: pg.Pool, role: "producer" | "consumer"): Promise<PgBoss> {
  const boss = new PgBoss({
    db: { executeSql: (text, values) => pool.query(text, values) },
    schema: "shop_queue",
    supervise: role === "consumer",
    schedule: false,
    retryLimit: 3,
  });
  boss.on("error", (error) => console.error(`queue: ${error.message}`));
  // Two processes that make pg-boss' schema at once fail on a duplicate key.
  await exclusively(pool, async () => {
    await boss.start();
    await boss.createQueue(queueName);
  });
  return boss;
}

/** Sends a job within the transaction of `client`. */
export function sendFulfilment(boss: PgBoss, client: pg.PoolClient, orderId: number): Promise<void> {
  const attributes = messagingAttributes("send");
  return tracer.startActiveSpan(`send ${queueName}`, { kind: SpanKind.PRODUCER, attributes }, (span) =>
    ended(span, async () => {
      const traceContext: Record<string, string> = {};
      propagation.inject(context.active(), traceContext);
      const job: FulfilmentJob = { orderId, traceContext };
      const id = await boss.send(queueName, job, {
        db: { executeSql: (text, values) => client.query(text, values) },
      });
      if (id === null) throw new Error(`cannot enqueue order ${orderId}: the queue refused the job`);
      span.setAttribute("messaging.message.id", id);
    }),
  );
}

/** Runs `work` for a job, in the trace that sent it. */
export function processFulfilment(job: PgBoss.Job<FulfilmentJob>, work: () => Promise<void>): Promise<void> {
  const sender = propagation.extract(context.active(), job.data.traceContext);
  const attributes = { ...messagingAttributes("process"), "messaging.message.id": job.id };
  return tracer.startActiveSpan(`process ${queueName}`, { kind: SpanKind.CONSUMER, attributes }, sender, (span) =>
    ended(span, work),
  );
}

function messagingAttributes(operation: "send" | "process"): Record<string, string> {
  return {
    "messaging.system": "pg-boss",
    "messaging.destination.name": queueName,
    "messaging.operation.name": operation,
    "messaging.operation.type": operation,
  };
}

async function ended(span: Span, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    span.recordException(error as Error);
    span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message });
    throw error;
  } finally {
    span.end();
  }
}
