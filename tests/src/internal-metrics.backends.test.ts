import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startOtelcol } from "./support/backends.js";
import type { Child } from "./support/child.js";
import { cleanup } from "./support/cleanup.js";
import { eventually } from "./support/eventually.js";
import { freePorts } from "./support/ports.js";
import { venturi } from "./support/venturi.js";

const { defer, temporaryFolder } = cleanup();

interface Ports {
  readonly http: number;
  readonly grpc: number;
  readonly telemetry: number;
  readonly prometheus: number;
  readonly dead: number;
}

/** Every part that both have, with something that succeeds, something that fails and something that is refused. */
const config = (ports: Ports): string => `
receivers:
  otlp: { protocols: { grpc: { endpoint: 127.0.0.1:${ports.grpc} }, http: { endpoint: 127.0.0.1:${ports.http} } } }
processors:
  memory_limiter: { check_interval: 1s, limit_mib: 4000 }
  batch: { timeout: 10ms }
connectors:
  spanmetrics: { metrics_flush_interval: 100ms }
exporters:
  nop:
  debug:
  otlphttp: { endpoint: "http://127.0.0.1:${ports.dead}", retry_on_failure: { enabled: false } }
  prometheus: { endpoint: 127.0.0.1:${ports.prometheus} }
service:
  telemetry:
    logs: { level: error }
    metrics: { readers: [{ pull: { exporter: { prometheus: { host: 127.0.0.1, port: ${ports.telemetry} } } } }] }
  pipelines:
    traces: { receivers: [otlp], processors: [memory_limiter, batch], exporters: [nop, debug, otlphttp, spanmetrics] }
    metrics: { receivers: [otlp, spanmetrics], processors: [memory_limiter, batch], exporters: [prometheus] }
    logs: { receivers: [otlp], processors: [memory_limiter, batch], exporters: [nop, otlphttp] }
`;

interface Family {
  readonly type: string;
  /** The names of the labels of each kind of series, as one text each. */
  readonly labels: ReadonlySet<string>;
}

async function scrape(port: number): Promise<Map<string, Family>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const families = new Map<string, Family>();
  for (const [, name, type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const samples = text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?(?:\\{(.*)\\})? `, "gm"));
    const labels = [...samples].map(([, pairs]) =>
      [...(pairs ?? "").matchAll(/(\w+)="/g)]
        .map(([, label]) => label as string)
        .filter((label) => label !== "le")
        .sort()
        .join(" "),
    );
    families.set(name as string, { type: type as string, labels: new Set(labels) });
  }
  return families;
}

async function send(port: number): Promise<void> {
  const attributes = [{ key: "service.name", value: { stringValue: "shop" } }];
  const time = `${Date.now()}000000`;
  const span = {
    traceId: "1".repeat(32),
    spanId: "2".repeat(16),
    name: "a",
    startTimeUnixNano: time,
    endTimeUnixNano: time,
  };
  const gauge = { name: "g", gauge: { dataPoints: [{ timeUnixNano: time, asDouble: 1 }] } };
  const bodies = {
    traces: { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: [span] }] }] },
    metrics: { resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics: [gauge] }] }] },
    logs: {
      resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords: [{ body: { stringValue: "x" } }] }] }],
    },
  };
  for (const [signal, body] of Object.entries(bodies)) {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`http://127.0.0.1:${port}/v1/${signal}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(200);
  }
}

/** Names that one side has and the other not, on purpose; each with its reason. */
const NOT_OURS: Readonly<Record<string, string>> = {
  otelcol_process_runtime_total_alloc_bytes: "V8 does not count what was ever allocated",
  promhttp_metric_handler_errors_total: "a metric of the Go library that serves the page",
};

async function ports(): Promise<Ports> {
  const [http, grpc, telemetry, prometheus, dead] = (await freePorts(5)) as [number, number, number, number, number];
  return { http, grpc, telemetry, prometheus, dead };
}

test("after the same traffic the collector's own metrics have the stock collector's names, types and labels", async () => {
  const folder = await temporaryFolder();
  const [own, stock] = [await ports(), await ports()];
  const file = join(folder, "ours.yaml");
  await writeFile(file, config(own));
  const ours: Child = venturi(["collector", "--config", file]);
  defer(() => ours.stop());
  const theirs = await startOtelcol(folder, "stock", config(stock).replace("level: error", "level: info"));
  defer(() => theirs.stop());
  await eventually("ours is ready", async () =>
    (await fetch(`http://127.0.0.1:${own.telemetry}/metrics`)).ok ? true : undefined,
  );
  for (const { http } of [own, stock]) await send(http);
  const settled = async (port: number) =>
    eventually("a failed export is counted", async () => {
      const families = await scrape(port);
      return families.has("otelcol_exporter_send_failed_log_records") &&
        families.has("otelcol_exporter_sent_metric_points")
        ? families
        : undefined;
    });
  const [ownFamilies, stockFamilies] = [await settled(own.telemetry), await settled(stock.telemetry)];
  const missing = [...stockFamilies.keys()].filter((name) => !ownFamilies.has(name));
  expect(missing.sort()).toEqual(Object.keys(NOT_OURS).sort());
  const differences = [...stockFamilies].flatMap(([name, expected]) => {
    const actual = ownFamilies.get(name);
    if (actual === undefined) return [];
    const without = [...expected.labels].filter((labels) => !actual.labels.has(labels));
    return actual.type === expected.type && without.length === 0 ? [] : [{ name, type: actual.type, without }];
  });
  expect(differences).toEqual([]);
});
