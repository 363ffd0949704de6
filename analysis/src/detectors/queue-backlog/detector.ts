import type { Detector, DetectorContext } from "../../detector.js";
import { type Queue, queuesOf } from "../../facts/queues.js";
import type { Finding } from "../../model.js";
import { formatMs, formatNumber, formatPercent, plural } from "../../text.js";

/** Fewer jobs say too little of a rate. */
const enoughJobs = 20;
/** A consumer that is behind by less than this part of the jobs may just be in the middle of them. */
const materialBehind = 0.1;
/** How long a job must wait at the end before somebody notices. */
const materialWaitMs = 1000;
/** Between the first and the last part of the window the wait must have grown this much, or it is simply how long it takes. */
const growth = 2;

/**
 * Jobs arrive faster than they are done: what is sent is not received in the same time, or what is received has waited
 * longer and longer. It costs freshness and not latency, since no request waits for a job.
 */
export const queueBacklog: Detector = {
  kind: "queue-backlog",
  signals: [],
  detect(context) {
    const queues = queuesOf(context.requests);
    if (queues.length === 0) context.ruleOut("no trace sends anything to a queue");
    return queues.flatMap((queue) => {
      const why = context.machineLacksCpu
        ? "the machine lacks CPU, which holds every consumer back"
        : whyKeepsUp(queue);
      if (why !== undefined) context.ruleOut(`${queue.name}: ${why}`);
      return why === undefined ? [findingFor(context, queue)] : [];
    });
  },
};

function whyKeepsUp({ sent, received, firstWaitMs, lastWaitMs }: Queue): string | undefined {
  if (sent < enoughJobs) return `only ${plural(sent, "job")} in the traces`;
  const behind = 1 - received / sent;
  const grows = lastWaitMs >= materialWaitMs && lastWaitMs >= growth * firstWaitMs;
  if (received > 0 && !grows && behind < materialBehind) return `its jobs wait ${formatMs(lastWaitMs)}, steadily`;
  // Consumers that are not traced at all are no sign of a backlog.
  if (received === 0) return "no trace shows a consumer";
  return grows && behind > 0
    ? undefined
    : `its jobs wait ${formatMs(lastWaitMs)}, ${formatPercent(behind)} are under way`;
}

function findingFor({ focus, confidence, range }: DetectorContext, queue: Queue): Finding {
  const { name, consumer, sent, received, firstWaitMs, lastWaitMs, busy, processMs } = queue;
  const behind = sent - received;
  return {
    kind: "queue-backlog",
    resource: { service: consumer, type: "queue", name },
    title: `${consumer} falls behind on ${name}: jobs wait ${formatMs(lastWaitMs)} by the end and ${formatPercent(behind / sent)} are not taken yet`,
    evidence: [
      {
        text: `${plural(sent, "job")} were sent and ${formatNumber(received)} taken in the same time; the wait grew from ${formatMs(firstWaitMs)} to ${formatMs(lastWaitMs)}.`,
        value: behind / sent,
        unit: "1",
      },
      {
        text: `A job takes ${formatMs(processMs)}; on average ${formatNumber(busy)} of them were processed at once.`,
        query: `sum by (messaging_destination_name) (rate(traces_span_metrics_calls_total{span_kind="SPAN_KIND_CONSUMER",service_name="${consumer}"}${range}))`,
        value: processMs,
        unit: "ms",
      },
    ],
    cost: { shareOfP95: 0, p95Ms: 0 },
    fix: `let ${consumer} process more than ${formatNumber(Math.max(1, Math.round(busy)))} at once, make a job faster, or run more instances`,
    expectedGain: {
      text: "latency is not expected to change; jobs would be done when they are sent",
      p95Ms: { before: focus.p95Ms, after: focus.p95Ms },
    },
    confidence: confidence("high"),
    exemplarTraceIds: queue.slowestTraceIds,
    measures: { behind: behind / sent, lastWaitMs, processMs, busy },
    besidesLatency: true,
    rankNote: "No request waits for a job, so it stands behind what costs latency.",
  };
}
