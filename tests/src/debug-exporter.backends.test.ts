import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startOtelcol } from "./support/backends.js";
import type { Child } from "./support/child.js";
import { cleanup } from "./support/cleanup.js";
import { freePorts } from "./support/ports.js";
import { venturi } from "./support/venturi.js";

const { defer, temporaryFolder } = cleanup();

const config = (port: number | undefined, out: string, verbosity: string): string => `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${port} } } } }
exporters:
  debug: { verbosity: ${verbosity}, sampling_initial: 100, use_internal_logger: false, output_paths: [${out}] }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], exporters: [debug] }
    metrics: { receivers: [otlp], exporters: [debug] }
    logs: { receivers: [otlp], exporters: [debug] }
`;

const attributes = [
  { key: "s", value: { stringValue: "text" } },
  { key: "i", value: { intValue: "-5" } },
  { key: "d", value: { doubleValue: 1.25 } },
  { key: "b", value: { boolValue: true } },
  { key: "l", value: { arrayValue: { values: [{ stringValue: "a" }, { intValue: "1" }] } } },
  { key: "m", value: { kvlistValue: { values: [{ key: "k", value: { stringValue: "v" } }] } } },
];
const ids = { traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b174" };
const time = "1700000000000000001";
const times = { startTimeUnixNano: "1700000000000000000", timeUnixNano: time };
const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] };
const scope = { name: "lib", version: "1", attributes: [{ key: "x", value: { stringValue: "y" } }] };

const REQUESTS = {
  traces: {
    resourceSpans: [
      {
        resource,
        schemaUrl: "https://opentelemetry.io/schemas/1.30.0",
        scopeSpans: [
          {
            scope,
            schemaUrl: "https://example.com/scope",
            spans: [
              {
                ...ids,
                parentSpanId: "eee19b7ec3c1b173",
                traceState: "a=1",
                name: "GET",
                kind: 2,
                startTimeUnixNano: "1700000000000000000",
                endTimeUnixNano: "1700000000250000000",
                attributes,
                droppedAttributesCount: 3,
                events: [{ timeUnixNano: time, name: "e", attributes }],
                links: [{ ...ids, traceState: "b=2", attributes }],
                status: { code: 2, message: "broken" },
              },
              { ...ids, name: "bare", status: {} },
            ],
          },
        ],
      },
      { resource: {}, scopeSpans: [{ scope: {}, spans: [{ ...ids, name: "other", status: { code: 1 } }] }] },
    ],
  },
  metrics: {
    resourceMetrics: [
      {
        resource,
        scopeMetrics: [
          {
            scope,
            metrics: [
              {
                name: "g",
                unit: "By",
                description: "d",
                gauge: { dataPoints: [{ ...times, asDouble: 1.5, attributes }] },
              },
              {
                name: "s",
                sum: {
                  aggregationTemporality: 2,
                  isMonotonic: true,
                  dataPoints: [
                    {
                      ...times,
                      asInt: "12",
                      exemplars: [{ timeUnixNano: time, asDouble: 2, ...ids, filteredAttributes: attributes }],
                    },
                  ],
                },
              },
              {
                name: "h",
                histogram: {
                  aggregationTemporality: 1,
                  dataPoints: [
                    {
                      ...times,
                      count: "3",
                      sum: 4.5,
                      min: 1,
                      max: 2,
                      bucketCounts: ["1", "2"],
                      explicitBounds: [0.25],
                    },
                  ],
                },
              },
              {
                name: "x",
                exponentialHistogram: {
                  aggregationTemporality: 2,
                  dataPoints: [
                    {
                      ...times,
                      count: "6",
                      sum: 4.5,
                      scale: 0,
                      zeroCount: "2",
                      positive: { offset: -2, bucketCounts: ["1", "1"] },
                      negative: { offset: 1, bucketCounts: ["1", "1"] },
                    },
                  ],
                },
              },
              {
                name: "q",
                summary: {
                  dataPoints: [{ ...times, count: "3", sum: 4.5, quantileValues: [{ quantile: 0.5, value: 1 }] }],
                },
              },
            ],
          },
        ],
      },
    ],
  },
  logs: {
    resourceLogs: [
      {
        resource,
        scopeLogs: [
          {
            scope,
            logRecords: [
              {
                ...times,
                observedTimeUnixNano: time,
                severityNumber: 9,
                severityText: "INFO",
                body: { stringValue: "hello" },
                attributes,
                ...ids,
                flags: 1,
              },
              { severityNumber: 18, eventName: "e", body: attributes[5]?.value, attributes: [] },
            ],
          },
        ],
      },
    ],
  },
};

test.each(["basic", "normal", "detailed"])("%s: the same text as the stock exporter's", async (verbosity) => {
  const folder = await temporaryFolder();
  const [oursPort, stockPort] = await freePorts(2);
  const file = join(folder, "ours.yaml");
  await writeFile(file, config(oursPort, "stdout", verbosity));
  const ours = venturi(["collector", "--config", file]);
  defer(() => ours.stop());
  await ours.waitForOutput(/Everything is ready/);
  const stock = await startOtelcol(folder, "stock", config(stockPort, "stdout", verbosity));
  defer(() => stock.stop());
  for (const port of [oursPort, stockPort]) {
    for (const [signal, body] of Object.entries(REQUESTS)) {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`http://127.0.0.1:${port}/v1/${signal}`, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
      });
      expect(answer.status).toBe(200);
    }
  }
  await ours.stop();
  await stock.stop();
  expect(written(ours)).toEqual(written(stock));
  expect(written(ours).length).toBeGreaterThan(verbosity === "detailed" ? 150 : 2);
});

/** What the exporter wrote, without the lines of the log around it. */
function written(child: Child): string[] {
  return child
    .output()
    .split("\n")
    .filter((line) => line !== "" && !/^\d{4}-\d\d-\d\dT/.test(line) && !line.startsWith("stopping:"));
}
