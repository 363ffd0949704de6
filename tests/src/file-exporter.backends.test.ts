import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { protobufToJson } from "@venturi/otlp";
import { beforeAll, describe, expect, test } from "vitest";
import { startOtelcol } from "./support/backends.js";
import { cleanup } from "./support/cleanup.js";
import { freePorts } from "./support/ports.js";
import { venturi } from "./support/venturi.js";

const { defer, temporaryFolder } = cleanup();

const resource = (tenant: string): object => ({
  attributes: [
    { key: "service.name", value: { stringValue: "shop" } },
    { key: "tenant", value: { stringValue: tenant } },
  ],
});
const attributes = [
  { key: "text", value: { stringValue: 'ü "quoted" \u2028 <tag>' } },
  { key: "int", value: { intValue: "-9007199254740993" } },
  { key: "double", value: { doubleValue: 0.1 } },
  { key: "bool", value: { boolValue: false } },
  { key: "bytes", value: { bytesValue: "AQID" } },
  { key: "list", value: { arrayValue: { values: [{ stringValue: "a" }, { intValue: "1" }] } } },
  { key: "map", value: { kvlistValue: { values: [{ key: "k", value: { stringValue: "v" } }] } } },
];
const time = "1700000000000000001";

const REQUESTS: Readonly<Record<string, object>> = {
  traces: {
    resourceSpans: ["a", "b"].map((tenant) => ({
      resource: resource(tenant),
      schemaUrl: "https://opentelemetry.io/schemas/1.30.0",
      scopeSpans: [
        {
          scope: { name: "http", version: "1", attributes },
          spans: [
            {
              traceId: "5b8efff798038103d269b633813fc60c",
              spanId: "eee19b7ec3c1b174",
              parentSpanId: "eee19b7ec3c1b173",
              traceState: "a=1",
              flags: 257,
              name: "GET",
              kind: 2,
              startTimeUnixNano: time,
              endTimeUnixNano: time,
              attributes,
              droppedAttributesCount: 3,
              events: [{ timeUnixNano: time, name: "e", attributes }],
              links: [{ traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b175", attributes }],
              status: { code: 2, message: "broken" },
            },
          ],
        },
      ],
    })),
  },
  metrics: {
    resourceMetrics: ["a", "b"].map((tenant) => ({
      resource: resource(tenant),
      scopeMetrics: [
        {
          scope: { name: "m" },
          metrics: [
            { name: "g", unit: "By", gauge: { dataPoints: [{ timeUnixNano: time, asDouble: 1.5, attributes }] } },
            {
              name: "s",
              sum: {
                aggregationTemporality: 2,
                isMonotonic: true,
                dataPoints: [{ startTimeUnixNano: time, timeUnixNano: time, asInt: "12" }],
              },
            },
            {
              name: "h",
              histogram: {
                aggregationTemporality: 1,
                dataPoints: [
                  {
                    timeUnixNano: time,
                    count: "3",
                    sum: 4.5,
                    min: 1,
                    max: 2,
                    bucketCounts: ["1", "2"],
                    explicitBounds: [1],
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
                    timeUnixNano: time,
                    count: "3",
                    sum: 4.5,
                    scale: -1,
                    zeroCount: "1",
                    positive: { offset: -2, bucketCounts: ["1", "1"] },
                  },
                ],
              },
            },
            {
              name: "q",
              summary: {
                dataPoints: [
                  { timeUnixNano: time, count: "3", sum: 4.5, quantileValues: [{ quantile: 0.5, value: 1 }] },
                ],
              },
            },
          ],
        },
      ],
    })),
  },
  logs: {
    resourceLogs: ["a", "b"].map((tenant) => ({
      resource: resource(tenant),
      scopeLogs: [
        {
          logRecords: [
            {
              timeUnixNano: time,
              observedTimeUnixNano: time,
              severityNumber: 9,
              severityText: "INFO",
              body: { kvlistValue: { values: attributes } },
              attributes,
              eventName: "e",
              traceId: "5b8efff798038103d269b633813fc60c",
              spanId: "eee19b7ec3c1b174",
            },
          ],
        },
      ],
    })),
  },
};
const SIGNALS = ["traces", "metrics", "logs"] as const;

const config = (folder: string, port: number | undefined): string => `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${port} } } } }
exporters:
  file/json: { path: ${folder}/plain.json }
  file/proto: { path: ${folder}/plain.bin, format: proto }
  file/groups: { path: ${folder}/groups/*.json, group_by: { enabled: true, resource_attribute: tenant } }
  file/rotated: { path: ${folder}/rotated/data.json, create_directory: true, rotation: { max_megabytes: 1 } }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    ${SIGNALS.map((signal) => `${signal}: { receivers: [otlp], exporters: [file/json, file/proto, file/groups, file/rotated] }`).join("\n    ")}
`;

let ours: string;
let stock: string;

beforeAll(async () => {
  ours = await temporaryFolder();
  stock = await temporaryFolder();
  const [oursPort, stockPort] = await freePorts(2);
  await writeFile(join(ours, "config.yaml"), config(ours, oursPort));
  const own = venturi(["collector", "--config", join(ours, "config.yaml")]);
  defer(() => own.stop());
  await own.waitForOutput(/Everything is ready/);
  const other = await startOtelcol(stock, "stock", config(stock, stockPort));
  defer(() => other.stop());
  // The padded requests make three quarters of a megabyte each, so that files are rotated.
  const padding = { key: "padding", value: { stringValue: "x".repeat(250_000) } };
  const padded = { resourceLogs: ["a", "b", "a"].map((tenant) => ({ ...paddedLogs(tenant, padding) })) };
  for (const port of [oursPort, stockPort]) {
    for (const [signal, body] of [...Object.entries(REQUESTS), ["logs", padded], ["logs", padded]] as const) {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/${signal}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      expect(answer.status).toBe(200);
    }
  }
  await own.stop();
  await other.stop();
}, 60_000);

function paddedLogs(tenant: string, padding: object): object {
  return { resource: resource(tenant), scopeLogs: [{ logRecords: [{ timeUnixNano: time, attributes: [padding] }] }] };
}

/** Without what says nothing: empty objects, lists and texts, zeros and false, which one writer has and the other not. */
function significant(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(significant);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
    const rest = significant(inner);
    const isEmpty = typeof rest === "object" && rest !== null && Object.keys(rest).length === 0;
    return isEmpty || rest === "" || rest === "0" || rest === 0 ? [] : [[key, rest]];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function linesOf(folder: string, name: string): Promise<unknown[]> {
  const text = await readFile(join(folder, name), "utf8");
  expect(text.endsWith("\n")).toBe(true);
  return text
    .trimEnd()
    .split("\n")
    .map((line) => significant(JSON.parse(line)));
}

describe("the same requests in the same files as the stock exporter's", () => {
  test.each(["plain.json", "groups/a.json", "groups/b.json"])("%s", async (name) => {
    expect(await linesOf(ours, name)).toEqual(await linesOf(stock, name));
  });

  test("plain.bin: messages behind their lengths", async () => {
    const messages = async (folder: string): Promise<unknown[]> => {
      const bytes = await readFile(join(folder, "plain.bin"));
      const found: unknown[] = [];
      for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt32BE(at)) {
        const signal = SIGNALS[found.length] ?? "logs";
        const message = bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at));
        found.push(significant(protobufToJson(signal, message)));
      }
      return found;
    };
    const found = await messages(ours);
    expect(found.length).toBe(5);
    expect(found).toEqual(await messages(stock));
  });

  test("rotated files have names of the same form", async () => {
    const forms = async (folder: string): Promise<string[]> =>
      (await readdir(join(folder, "rotated"))).map((name) => name.replaceAll(/\d/g, "0")).sort();
    expect(await forms(ours)).toEqual(await forms(stock));
    expect(await forms(ours)).toEqual(["data-0000-00-00T00-00-00.000-size.json", "data.json"]);
  });
});
