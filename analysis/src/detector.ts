import type { EventLoop } from "./facts/event-loops.js";
import type { FrontQueue } from "./facts/front-queue.js";
import type { OwnTimes } from "./facts/own-times.js";
import type { PoolFacts } from "./facts/pools.js";
import type { Focus, Request } from "./facts/requests.js";
import type { AnalysisInput, Confidence, Finding, TimeSeries } from "./model.js";
import type { SpanNode } from "./trace/span-node.js";

/** A range query whose result a detector is given. */
export interface Signal {
  readonly name: string;
  /** PromQL, evaluated over the window under load. */
  readonly query: string;
}

/** What every detector sees. Facts are computed once, so that detectors agree on them. */
export interface DetectorContext {
  readonly input: AnalysisInput;
  readonly focus: Focus;
  /** Requests of all operations. */
  readonly requests: readonly Request[];
  readonly loops: readonly EventLoop[];
  /** Everything took longer than it should, everywhere. What has no other evidence than its duration needs more of it. */
  readonly machineLacksCpu: boolean;
  /** What the load generator waited beyond the first service's spans; null without a load generator. */
  readonly front: FrontQueue | null;
  /** Requests per second that entered the system, over all operations; null when neither load nor sample tells. */
  readonly requestRate: number | null;
  /** Empty when the backend had nothing. */
  series(signal: string): readonly TimeSeries[];
  /** Quantiles of the operation's own time on critical paths, over all requests. The 10th is taken for "unhindered". */
  ownTimes(node: SpanNode): OwnTimes;
  /** What is known of a service's connection pool. */
  pools(service: string): PoolFacts;
  /** Caps a detector's confidence by how much was seen. */
  confidence(best: Confidence): Confidence;
  /** `[40s]`: the range to put behind a metric in an evidence query that is evaluated at the window's end. */
  readonly range: string;
  /** Records why the kind gave no finding, or why one candidate was passed over. */
  ruleOut(why: string): void;
}

/**
 * A kind of bottleneck. Lives in a folder of its own under detectors/ and has one line in detectors.ts.
 *
 * A detector is pure and deterministic. It says nothing unless the cost is material (facts/materiality.ts); it gives the
 * reason through `ruleOut` when it looked and found nothing; it names a resource only if something other than the cost
 * itself points to it.
 */
export interface Detector {
  readonly kind: string;
  readonly signals: readonly Signal[];
  detect(context: DetectorContext): Finding[];
}
