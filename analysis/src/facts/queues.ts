import { groupBy } from "../group.js";
import { mean, quantile, sum } from "../numbers.js";
import type { SpanNode } from "../trace/span-node.js";
import type { Request } from "./requests.js";

/** What traces show of a queue: who sends, who takes, how long it lies there. */
export interface Queue {
  /** `messaging.destination.name`, else the producer's span name. */
  readonly name: string;
  /** Service of the consumer; of the producer when none was seen. */
  readonly consumer: string;
  readonly sent: number;
  /** Of those. */
  readonly received: number;
  /** Median wait of the first and of the last third of those that were received, by the time they were taken. */
  readonly firstWaitMs: number;
  readonly lastWaitMs: number;
  /** Mean time of processing. */
  readonly processMs: number;
  /** Jobs in process at once, by Little's law over the time in which any was. */
  readonly busy: number;
  readonly slowestTraceIds: readonly string[];
}

interface Job {
  readonly traceId: string;
  readonly name: string;
  readonly producer: SpanNode;
  readonly consumer: SpanNode | undefined;
}

/** Every queue that a request sends to, by name. */
export function queuesOf(requests: readonly Request[]): Queue[] {
  const jobs = requests.filter((request) => !request.extra).flatMap(jobsOf);
  const queues = groupBy(jobs, (job) => job.name);
  return [...queues].map(([name, group]) => describe(name, group)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function jobsOf({ tree }: Request): Job[] {
  return tree.nodes
    .filter((node) => node.span.kind === "producer")
    .map((producer) => ({
      traceId: tree.traceId,
      name: String(producer.span.attributes["messaging.destination.name"] ?? producer.span.name),
      producer,
      consumer: tree.asynchronous.find((node) => node.span.kind === "consumer" && node.parent === producer),
    }));
}

function describe(name: string, jobs: readonly Job[]): Queue {
  const taken = jobs
    .flatMap(({ traceId, producer, consumer }) =>
      consumer === undefined
        ? []
        : [{ traceId, consumer, waitMs: Math.max(0, consumer.startUs - producer.endUs) / 1000 }],
    )
    .sort((a, b) => a.consumer.startUs - b.consumer.startUs);
  const third = Math.ceil(taken.length / 3);
  const waits = taken.map(({ waitMs }) => waitMs);
  const times = taken.map(({ consumer }) => (consumer.endUs - consumer.startUs) / 1000);
  const [first, last] = [taken[0]?.consumer.startUs ?? 0, Math.max(0, ...taken.map(({ consumer }) => consumer.endUs))];
  return {
    name,
    consumer: taken[0]?.consumer.span.service ?? jobs[0]?.producer.span.service ?? "",
    sent: jobs.length,
    received: taken.length,
    firstWaitMs: quantile(waits.slice(0, third), 0.5),
    lastWaitMs: quantile(waits.slice(-third), 0.5),
    processMs: mean(times),
    busy: last > first ? sum(times) / ((last - first) / 1000) : 0,
    slowestTraceIds: [...taken]
      .sort((a, b) => b.waitMs - a.waitMs)
      .slice(0, 3)
      .map(({ traceId }) => traceId),
  };
}
