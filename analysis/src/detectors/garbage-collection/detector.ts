import type { Detector, DetectorContext } from "../../detector.js";
import { type Heap, heapSignals, heaps } from "../../facts/heaps.js";
import { jobMatcher } from "../../facts/series.js";
import type { Finding } from "../../model.js";
import { formatNumber, formatPercent, possessive } from "../../text.js";

/** Caches that fill and code that is compiled grow a heap too, but not by so much and so many times. */
const materialGrowthBytes = 64 * 2 ** 20;
const materialGrowth = 1.5;
/** Share of the time from which collections are felt whatever the heap does. */
const materialCollecting = 0.1;

/**
 * What a process keeps grows with every request, or its garbage collector works a good part of the time. By the least that
 * is in use in a stretch of time: what is in use at a moment says mostly how long ago the last collection was.
 */
export const garbageCollection: Detector = {
  kind: "garbage-collection",
  signals: heapSignals,
  detect(context) {
    const known = heaps(Object.fromEntries(heapSignals.map(({ name }) => [name, context.series(name)])));
    if (known.length === 0) context.ruleOut("no service reported its heap over the time under load");
    const grown = known.filter((heap) => grows(heap) || (heap.collecting ?? 0) >= materialCollecting);
    if (known.length > 0 && grown.length === 0) {
      const most = known.reduce((a, b) =>
        b.lastFloorBytes - b.firstFloorBytes > a.lastFloorBytes - a.firstFloorBytes ? b : a,
      );
      context.ruleOut(`the heap that grew most is ${possessive(most.service)}, ${growthOf(most)}`);
    }
    return grown.map((heap) => findingFor(context, heap));
  },
};

function grows({ firstFloorBytes, lastFloorBytes }: Heap): boolean {
  return lastFloorBytes - firstFloorBytes >= materialGrowthBytes && lastFloorBytes >= materialGrowth * firstFloorBytes;
}

function growthOf({ firstFloorBytes, lastFloorBytes }: Heap): string {
  return `from ${megabytes(firstFloorBytes)} to ${megabytes(lastFloorBytes)}`;
}

function findingFor({ focus, confidence, range, requestRate }: DetectorContext, heap: Heap): Finding {
  const { service, instance, firstFloorBytes, lastFloorBytes, seconds, collecting } = heap;
  const perSecond = seconds > 0 ? (lastFloorBytes - firstFloorBytes) / seconds : 0;
  const perRequest =
    requestRate === null || requestRate === 0
      ? ""
      : `, about ${formatNumber(Math.round(perSecond / requestRate / 1024))} KiB for each request`;
  const work = collecting === null ? "" : ` Collections took ${formatPercent(collecting)} of the time.`;
  return {
    kind: "garbage-collection",
    resource: { service, type: "heap", name: instance === "" ? service : instance },
    title: grows(heap)
      ? `${possessive(service)} heap keeps growing (${growthOf(heap)} in ${formatNumber(Math.round(seconds))} s)`
      : `${possessive(service)} garbage collector takes ${formatPercent(collecting ?? 0)} of the time`,
    evidence: [
      {
        text: `What stayed in use after collections went ${growthOf(heap)}: ${megabytes(perSecond)} a second${perRequest}.${work}`,
        query: `sum by (job, instance) (min_over_time(v8js_memory_heap_used_bytes{${jobMatcher(service)}}${range}))`,
        value: lastFloorBytes,
        unit: "By",
      },
    ],
    cost: { shareOfP95: 0, p95Ms: 0 },
    fix: `find what ${service} keeps (two heap snapshots some requests apart, compared): a cache or list without a bound, listeners or timers that are never taken away`,
    expectedGain: {
      text: "latency at this load is not expected to change much; the process would not run out of memory",
      p95Ms: { before: focus.p95Ms, after: focus.p95Ms },
    },
    confidence: confidence(lastFloorBytes >= 3 * firstFloorBytes ? "high" : "medium"),
    exemplarTraceIds: focus.slow.slice(0, 3).map(({ tree }) => tree.traceId),
    measures: { firstFloorBytes, lastFloorBytes, ...(collecting === null ? {} : { collecting }) },
    besidesLatency: true,
    rankNote: "It costs memory, and latency only once the heap is full, so it stands behind what costs latency now.",
  };
}

function megabytes(bytes: number): string {
  return `${formatNumber(Number((bytes / 2 ** 20).toPrecision(3)))} MiB`;
}
