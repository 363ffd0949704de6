import type pg from "pg";
import PgBoss from "pg-boss";
import { exclusively } from "../database/schema.js";
import { type FulfilmentJob, type JobQueue, queueName, type Role, retryLimit } from "./job-queue.js";

/** The shortest that pg-boss allows. */
const pollingIntervalSeconds = 0.5;

/** pg-boss on `pool`. The consumer also keeps the queue's tables in order (expiry, archive). */
export async function openPostgresQueue(pool: pg.Pool, role: Role): Promise<JobQueue> {
  const boss = new PgBoss({
    db: { executeSql: (text, values) => pool.query(text, values) },
    schema: "shop_queue",
    supervise: role === "consumer",
    schedule: false,
    retryLimit,
  });
  boss.on("error", (error) => console.error(`queue: ${error.message}`));
  // Two processes that make pg-boss' schema at once fail on a duplicate key.
  await exclusively(pool, async () => {
    await boss.start();
    await boss.createQueue(queueName);
  });
  return {
    system: "pg-boss",
    joinsTransaction: true,
    send: async (job, client) => {
      const database = client ?? pool;
      const id = await boss.send(queueName, job, {
        db: { executeSql: (text, values) => database.query(text, values) },
      });
      if (id === null) throw new Error(`cannot enqueue order ${job.orderId}: the queue refused the job`);
      return id;
    },
    consume: async (concurrency, work) => {
      await boss.offWork(queueName);
      await boss.work<FulfilmentJob>(queueName, { batchSize: concurrency, pollingIntervalSeconds }, async (jobs) => {
        await Promise.all(jobs.map(work));
      });
    },
    depth: () => boss.getQueueSize(queueName),
    close: () => boss.stop(role === "consumer" ? { wait: true, timeout: 3_000 } : { graceful: false, wait: true }),
  };
}
