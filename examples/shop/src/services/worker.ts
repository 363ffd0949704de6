/** Fulfils orders from the queue. */
import { setTimeout as delay } from "node:timers/promises";
import { metrics, type ObservableResult } from "@opentelemetry/api";
import type PgBoss from "pg-boss";
import { createPool, describePool } from "../database/pool.js";
import { prepareDatabase } from "../database/schema.js";
import { FaultSwitches } from "../http/fault-switches.js";
import { serve } from "../http/service.js";
import { type FulfilmentJob, openQueue, processFulfilment, queueName } from "../queue.js";

const batchSize = 20;
/** The shortest that pg-boss allows. */
const pollingIntervalSeconds = 0.5;

const pool = createPool("shop-worker");
await prepareDatabase(pool);
const queue = await openQueue(pool, "consumer");
let processed = 0;
/** Null in health. */
let slowJobMs: number | null = null;

async function fulfil(job: PgBoss.Job<FulfilmentJob>): Promise<void> {
  await processFulfilment(job, async () => {
    if (slowJobMs !== null) await delay(slowJobMs);
    await pool.query("UPDATE orders SET status = 'fulfilled' WHERE id = $1", [job.data.orderId]);
  });
  processed++;
}

async function consume(): Promise<void> {
  await queue.work<FulfilmentJob>(
    queueName,
    { batchSize: slowJobMs === null ? batchSize : 1, pollingIntervalSeconds },
    async (jobs) => {
      await Promise.all(jobs.map(fulfil));
    },
  );
}

const faults = new FaultSwitches("worker", {
  "queue-backlog": async (enabled, intensity) => {
    await queue.offWork(queueName);
    slowJobMs = enabled ? intensity : null;
    await consume();
  },
});
await consume();

const depth = metrics
  .getMeter("shop")
  .createObservableGauge("shop.queue.depth", { description: "Jobs that wait in the queue.", unit: "{job}" });
const observeDepth = async (result: ObservableResult): Promise<void> => {
  result.observe(await queue.getQueueSize(queueName), { "messaging.destination.name": queueName });
};
depth.addCallback(observeDepth);

await serve({
  name: "worker",
  faults,
  health: () => ({ pool: describePool(pool) }),
  close: async () => {
    // Telemetry collects once more at the very end, when there is no pool to ask.
    depth.removeCallback(observeDepth);
    await queue.stop({ graceful: true, wait: true, timeout: 3_000 });
    await pool.end();
  },
  routes: (app) => {
    app.get("/queue", async (_request, response) => {
      response.json({ queue: queueName, waiting: await queue.getQueueSize(queueName), processed });
    });
  },
});
