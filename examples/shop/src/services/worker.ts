/** Fulfils orders from the queue. */
import { setTimeout as delay } from "node:timers/promises";
import { metrics, type ObservableResult } from "@opentelemetry/api";
import { createPool, describePool } from "../database/pool.js";
import { prepareDatabase } from "../database/schema.js";
import { FaultSwitches } from "../http/fault-switches.js";
import { serve } from "../http/service.js";
import { openQueue, processFulfilment, type QueuedJob, queueName } from "../queue.js";

const concurrency = 20;

const pool = createPool("shop-worker");
await prepareDatabase(pool);
const queue = await openQueue(pool, "consumer");
const stopping = new AbortController();
let processed = 0;

async function fulfil(job: QueuedJob, slowMs: number | null): Promise<void> {
  await processFulfilment(queue, job, async () => {
    if (slowMs !== null) await beSlow(slowMs);
    await pool.query("UPDATE orders SET status = 'fulfilled' WHERE id = $1", [job.data.orderId]);
  });
  processed++;
}

/** Ends early when the process stops: the job is finished then, and nobody waits a minute for the fault. */
async function beSlow(durationMs: number): Promise<void> {
  await delay(durationMs, undefined, { signal: stopping.signal }).catch(() => {});
}

const consume = (): Promise<void> => queue.consume(concurrency, (job) => fulfil(job, null));
const faults = new FaultSwitches("worker", {
  "queue-backlog": (enabled, intensity) => (enabled ? queue.consume(1, (job) => fulfil(job, intensity)) : consume()),
});
await consume();

const depth = metrics
  .getMeter("shop")
  .createObservableGauge("shop.queue.depth", { description: "Jobs that wait in the queue.", unit: "{job}" });
const observeDepth = async (result: ObservableResult): Promise<void> => {
  result.observe(await queue.depth(), { "messaging.destination.name": queueName });
};
depth.addCallback(observeDepth);

await serve({
  name: "worker",
  faults,
  health: () => ({ pool: describePool(pool) }),
  close: async () => {
    // Telemetry collects once more at the very end, when there is no pool to ask.
    depth.removeCallback(observeDepth);
    stopping.abort();
    await queue.close();
    await pool.end();
  },
  routes: (app) => {
    app.get("/queue", async (_request, response) => {
      response.json({ queue: queueName, waiting: await queue.depth(), processed });
    });
  },
});
