import type { Detector, DetectorContext } from "../../detector.js";
import type { Request } from "../../facts/requests.js";
import { jobMatcher } from "../../facts/series.js";
import type { Finding } from "../../model.js";
import { formatPercent, plural } from "../../text.js";
import type { SpanNode } from "../../trace/span-node.js";

/** Fewer failures than this are noise of a load test. */
const materialErrorShare = 0.02;
const leastErrors = 3;

interface Source {
  readonly node: SpanNode;
  readonly traceIds: string[];
}

/** Requests fail, and the deepest span that failed first. Failing is no latency: the cost is none, the finding is. */
export const errors: Detector = {
  kind: "errors",
  signals: [],
  detect(context) {
    const sample = context.requests.filter((request) => !request.extra);
    const failed = sample.filter((request) => request.error);
    const share = failed.length / Math.max(1, sample.length);
    if (share < materialErrorShare || failed.length < leastErrors) {
      context.ruleOut(failed.length === 0 ? "no request failed" : `${formatPercent(share)} of the requests failed`);
      return [];
    }
    const source = commonSource(failed);
    return source === null ? [] : [findingFor(context, source, share, sample.length)];
  },
};

/** The operation that most failed requests have as their deepest failed span. */
function commonSource(failed: readonly Request[]): Source | null {
  const sources = new Map<string, Source>();
  for (const { tree } of failed) {
    const node = tree.nodes.findLast((candidate) => candidate.span.error) ?? tree.root;
    const key = `${node.span.service}\u0000${node.span.name}`;
    const source = sources.get(key) ?? { node, traceIds: [] };
    source.traceIds.push(tree.traceId);
    sources.set(key, source);
  }
  return [...sources.values()].sort((a, b) => b.traceIds.length - a.traceIds.length)[0] ?? null;
}

function findingFor(
  { focus, confidence, range }: DetectorContext,
  source: Source,
  share: number,
  requests: number,
): Finding {
  const { span } = source.node;
  const status = span.attributes["http.response.status_code"] ?? span.attributes["error.type"];
  const answer = status === undefined ? "" : ` (${String(status)})`;
  return {
    kind: "errors",
    resource: { service: span.service, type: "operation", name: span.name },
    title: `${formatPercent(share)} of requests fail, most of them in ${span.service} at ${span.name}${answer}`,
    evidence: [
      {
        text: `${formatPercent(share)} of ${plural(requests, "traced request")} ended in an error; ${plural(source.traceIds.length, "of them", "of them")} failed deepest in ${span.service}: ${span.name}.`,
        query: `sum(rate(http_server_request_duration_seconds_count{${jobMatcher(span.service)},http_response_status_code=~"5.."}${range})) / sum(rate(http_server_request_duration_seconds_count{${jobMatcher(span.service)}}${range}))`,
        value: share,
        unit: "1",
      },
    ],
    cost: { shareOfP95: 0, p95Ms: 0 },
    fix: `find out why ${span.service} fails at ${span.name}; an exemplar trace shows the error's message`,
    expectedGain: {
      text: "latency is not expected to change; failed requests would succeed",
      p95Ms: { before: focus.p95Ms, after: focus.p95Ms },
    },
    confidence: confidence("high"),
    exemplarTraceIds: source.traceIds.slice(0, 3),
    measures: { errorShare: share },
    besidesLatency: true,
    rankNote: "It costs requests and not latency, so it stands behind what costs latency.",
  };
}
