import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { type FulfilmentJob, type JobQueue, type QueuedJob, queueName, type Role, retryLimit } from "./job-queue.js";

const prefix = "shop_queue";
/** For people who look into Redis; the memory of a queue that keeps every failed job would have no bound. */
const keptFailures = 1_000;

/**
 * BullMQ on the Redis at `url`.
 * @throws Error when Redis can't be reached.
 */
export async function openBullQueue(url: string, role: Role): Promise<JobQueue> {
  const connection = await connect(url, role);
  const queue = new Queue<FulfilmentJob>(queueName, { connection, prefix });
  queue.on("error", logError);
  await queue.waitUntilReady();
  let work: (job: QueuedJob) => Promise<void>;
  let worker: Worker<FulfilmentJob> | undefined;
  return {
    system: "bullmq",
    joinsTransaction: false,
    send: async (job) => {
      const { id } = await queue.add("fulfil", job, {
        attempts: 1 + retryLimit,
        removeOnComplete: true,
        removeOnFail: keptFailures,
      });
      return id!;
    },
    consume: async (concurrency, newWork) => {
      work = newWork;
      if (worker !== undefined) {
        worker.concurrency = concurrency;
        return;
      }
      worker = new Worker(queueName, ({ id, data }) => work({ id: id!, data }), { connection, prefix, concurrency });
      worker.on("error", logError);
      await worker.waitUntilReady();
    },
    depth: () => queue.getJobCountByTypes("wait", "delayed"),
    close: async () => {
      await worker?.close();
      await queue.close();
      // BullMQ leaves open what it was given.
      connection.disconnect();
    },
  };
}

async function connect(url: string, role: Role): Promise<Redis> {
  const connection = new Redis(url, {
    lazyConnect: true,
    // A worker waits for a Redis that is gone; a request that sends a job fails instead.
    maxRetriesPerRequest: role === "consumer" ? null : 1,
  });
  let cause: Error | undefined;
  const remember = (error: Error): void => {
    cause = error;
  };
  connection.on("error", remember);
  try {
    await connection.connect();
  } catch (error) {
    connection.disconnect();
    cause ??= error as Error;
    throw new Error(`cannot open the queue in Redis at ${new URL(url).host}: ${cause.message}`, { cause });
  }
  connection.off("error", remember);
  connection.on("error", logError);
  return connection;
}

function logError(error: Error): void {
  console.error(`queue: ${error.message}`);
}
