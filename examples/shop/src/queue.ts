/**
 * The queue between orders and worker. The trace context travels in the job, by hand and with nothing but the
 * OpenTelemetry API, as in any application whose queue library is not instrumented.
 */
import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type pg from "pg";
import { type JobQueue, type QueuedJob, queueName, type Role } from "./queue/job-queue.js";

export { type JobQueue, type QueuedJob, queueName } from "./queue/job-queue.js";

const tracer = trace.getTracer("shop");

/**
 * BullMQ when there is a Redis at REDIS_URL, else pg-boss on the process's one pool. Only the library in use is loaded.
 * @throws Error when the database or Redis can't be reached.
 */
export async function openQueue(pool: pg.Pool, role: Role): Promise<JobQueue> {
  const redisUrl = process.env.REDIS_URL;
  if (redisUrl) {
    const { openBullQueue } = await import("./queue/bull-queue.js");
    return openBullQueue(redisUrl, role);
  }
  const { openPostgresQueue } = await import("./queue/postgres-queue.js");
  return openPostgresQueue(pool, role);
}

/** Sends a job, within the transaction of `client` when the queue joins transactions. */
export function sendFulfilment(queue: JobQueue, orderId: number, client: pg.PoolClient | null): Promise<void> {
  const attributes = messagingAttributes(queue, "send");
  return tracer.startActiveSpan(`send ${queueName}`, { kind: SpanKind.PRODUCER, attributes }, (span) =>
    ended(span, async () => {
      const traceContext: Record<string, string> = {};
      propagation.inject(context.active(), traceContext);
      span.setAttribute("messaging.message.id", await queue.send({ orderId, traceContext }, client));
    }),
  );
}

/** Runs `work` for a job, in the trace that sent it. */
export function processFulfilment(queue: JobQueue, job: QueuedJob, work: () => Promise<void>): Promise<void> {
  const sender = propagation.extract(context.active(), job.data.traceContext);
  const attributes = { ...messagingAttributes(queue, "process"), "messaging.message.id": job.id };
  return tracer.startActiveSpan(`process ${queueName}`, { kind: SpanKind.CONSUMER, attributes }, sender, (span) =>
    ended(span, work),
  );
}

function messagingAttributes(queue: JobQueue, operation: "send" | "process"): Record<string, string> {
  return {
    "messaging.system": queue.system,
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
