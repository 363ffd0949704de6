import type { LoadReport } from "../load-report.js";

/** A report in which every text that comes from outside is the given one. */
export function sampleReport(text: string): LoadReport {
  const latency = { p50Ms: 20, p90Ms: 500, p95Ms: 640, p99Ms: 900, maxMs: 1000 };
  return {
    schemaVersion: 1,
    id: "2026",
    startedAt: "2026-01-01T00:00:00.000Z",
    endedAt: "2026-01-01T00:00:40.000Z",
    verdict: `${text} waits for its pool: 71 % of p95 (454 ms of 640 ms); without it p95 would be about 90 ms.`,
    partial: false,
    k6: {
      version: "v1",
      script: text,
      args: [text],
      exitCode: 0,
      thresholdsFailed: false,
      messages: [text],
      summary: text,
    },
    load: {
      startMs: 0,
      endMs: 40_000,
      requests: 1600,
      failed: 3,
      ratePerSecond: 40,
      ...latency,
      droppedIterations: 0,
      endpoints: [{ name: text, method: "GET", requests: 1600, failed: 3, ...latency }],
    },
    timeline: [0, 1, 2].map((second) => ({
      timeMs: second * 1000,
      ratePerSecond: 40,
      failedPerSecond: second,
      p50Ms: second === 1 ? null : 20,
      p95Ms: 600,
      p99Ms: 800,
      virtualUsers: 4,
    })),
    diagnosis: {
      verdict: text,
      findings: [
        {
          kind: "pool-wait",
          resource: { service: text, type: "connection-pool", name: text },
          title: `${text} waits for its pool`,
          evidence: [{ text, query: text }],
          cost: { shareOfP95: 0.71, p95Ms: 454 },
          fix: `raise the pool of ${text}`,
          expectedGain: { text, p95Ms: { before: 640, after: 90 } },
          confidence: "high",
          exemplarTraceIds: [text],
          measures: {},
          rankNote: text,
        },
      ],
      ruledOut: [{ kind: text, why: text }],
      criticalPath: [
        {
          service: text,
          operation: text,
          kind: "client",
          category: "pool-wait",
          selfShareOfP95: 0.71,
          selfMsSlow: 454,
          selfMsTypical: 3,
          perRequest: 1,
        },
      ],
      operations: [],
      focus: { service: text, operations: [text], p50Ms: 20, p95Ms: 640 },
      traceCount: 1500,
      evidenceQuality: {
        level: "good",
        requests: 600,
        slowRequests: 60,
        incompleteTraces: 0,
        machineLacksCpu: false,
        notes: [text],
      },
    },
    exemplars: [
      {
        traceId: text,
        operation: text,
        durationUs: 640_000,
        shows: ["pool-wait"],
        rows: [
          {
            depth: 0,
            service: text,
            name: text,
            kind: "server",
            category: "service",
            startUs: 0,
            durationUs: 640_000,
            error: true,
            critical: [[0, 1000]],
          },
        ],
        hiddenRows: 2,
      },
    ],
    backends: { prometheusUrl: text, jaegerUrl: text },
    notes: [text],
    files: { json: "/reports/2026.json", html: "/reports/2026.html" },
  };
}
