import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import zipkin from "zipkin";
import { HttpLogger } from "zipkin-transport-http";
import { startOtelcol } from "./support/backends.js";
import type { Child } from "./support/child.js";
import { cleanup } from "./support/cleanup.js";
import { sortedSpansInFile } from "./support/otlp-json.js";
import { freePorts } from "./support/ports.js";
import { venturi } from "./support/venturi.js";

const { defer, temporaryFolder } = cleanup();

/** A zipkin receiver as it is, and one that reads the texts of tags. */
const PLAIN = 0;
const PARSED = 1;
const RECEIVERS = [PLAIN, PARSED] as const;

interface Side {
  readonly ports: readonly number[];
  readonly child: Child;
}
let folder: string;
let stock: Side;
let ours: Side;

const receivers = (ports: readonly number[]): string => `
  zipkin/0: { endpoint: 127.0.0.1:${ports[PLAIN]} }
  zipkin/1: { endpoint: 127.0.0.1:${ports[PARSED]}, parse_string_tags: true }`;

/** Stock otelcol writes down what its own zipkin receivers made, and what ours made and sent over OTLP. */
async function startBoth(): Promise<void> {
  folder = await temporaryFolder();
  const [stock0, stock1, ours0, ours1, otlp0, otlp1] = (await freePorts(6)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const file = (name: string): string => `file/${name}: { path: ${join(folder, `${name}.json`)} }`;
  const child = await startOtelcol(
    folder,
    "stock",
    `
receivers:${receivers([stock0, stock1])}
  otlp/0: { protocols: { http: { endpoint: 127.0.0.1:${otlp0} } } }
  otlp/1: { protocols: { http: { endpoint: 127.0.0.1:${otlp1} } } }
exporters:
  ${["stock0", "stock1", "ours0", "ours1"].map(file).join("\n  ")}
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    traces/0: { receivers: [zipkin/0], exporters: [file/stock0] }
    traces/1: { receivers: [zipkin/1], exporters: [file/stock1] }
    traces/2: { receivers: [otlp/0], exporters: [file/ours0] }
    traces/3: { receivers: [otlp/1], exporters: [file/ours1] }
`,
  );
  defer(() => child.stop());
  stock = { ports: [stock0, stock1], child };
  const config = join(folder, "ours.yaml");
  await writeFile(
    config,
    `
receivers:${receivers([ours0, ours1])}
exporters:
  otlphttp/0: { endpoint: http://127.0.0.1:${otlp0} }
  otlphttp/1: { endpoint: http://127.0.0.1:${otlp1} }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    traces/0: { receivers: [zipkin/0], exporters: [otlphttp/0] }
    traces/1: { receivers: [zipkin/1], exporters: [otlphttp/1] }
`,
  );
  const own = venturi(["collector", "--config", config]);
  defer(() => own.stop());
  await own.waitForOutput(/Everything is ready/);
  ours = { ports: [ours0, ours1], child: own };
}

beforeAll(startBoth);

const at = (port: number | undefined): string => `http://127.0.0.1:${port}/api/v2/spans`;

async function post(
  port: number | undefined,
  body: Buffer | string,
  headers: Record<string, string> = {},
): Promise<number> {
  const response = await fetch(at(port), { method: "POST", headers, body: body as NonNullable<RequestInit["body"]> });
  await response.arrayBuffer();
  return response.status;
}

const span = (fields: object): object => ({
  traceId: "5af7183fb1d4cf5f",
  id: "352bff9a74ca9ad2",
  timestamp: 1_556_604_172_355_737,
  duration: 1431,
  ...fields,
});

const BODIES: readonly (readonly object[])[] = [
  [
    span({
      parentId: "6b221d5bc9e6496c",
      name: "get /api",
      kind: "SERVER",
      localEndpoint: { serviceName: "backend", ipv4: "192.168.99.1", port: 3306 },
      remoteEndpoint: { ipv4: "172.19.0.2", ipv6: "2001:DB8::0:1", port: 58_648 },
      tags: { "http.method": "GET", "http.status_code": "404", ratio: "0.25", cached: "true", list: "[1]", empty: "" },
      annotations: [
        { timestamp: 1_556_604_172_355_800, value: "cache miss" },
        { timestamp: 1_556_604_172_355_900, value: 'retry|{"attempt":2,"wait":0.5,"last":false,"why":"a|b"}|3' },
      ],
      shared: true,
      debug: true,
    }),
  ],
  [
    span({ id: "1", traceId: "48485a3953bb61246b221d5bc9e6496c", kind: "CLIENT", tags: { error: "true" } }),
    span({ id: "2", parentId: "2", kind: "PRODUCER", tags: { error: "connection refused" }, duration: undefined }),
    span({ id: "3", kind: "CONSUMER", timestamp: undefined, tags: { "span.kind": "internal" } }),
    span({ id: "4", tags: { "span.kind": "internal", "w3c.tracestate": "a=1", big: "123456789012345678901" } }),
  ],
  [
    span({ id: "5", localEndpoint: { serviceName: "b" }, tags: { "otel.library.name": "http", "host.name": "h" } }),
    span({ id: "6", localEndpoint: { serviceName: "a" }, tags: { "otel.status_code": "Ok", "service.name": "own" } }),
    span({ id: "7", localEndpoint: { serviceName: "c" }, tags: { "otel.scope.name": "x", "otel.scope.version": "2" } }),
    span({
      id: "8",
      localEndpoint: { serviceName: "d", ipv6: "::ffff:1.2.3.4" },
      remoteEndpoint: { serviceName: "peer" },
      tags: {
        "otel.status_code": "STATUS_CODE_ERROR",
        "otel.status_description": "broken",
        "otlp.service.name.source": "service.alias",
        "otlp.link.0": `${"a".repeat(32)}|${"b".repeat(16)}|k=v|{"n":1}|2`,
        "process.pid": "12",
      },
    }),
  ],
  [],
];

test("the same bodies give the same OTLP as the stock receiver's, gzipped or not", async () => {
  const encodings = [
    ["", (body: string) => Buffer.from(body)],
    ["gzip", gzipSync],
    ["deflate", deflateSync],
  ] as const;
  for (const body of BODIES) {
    for (const [encoding, encode] of encodings) {
      const headers = {
        "content-type": "application/json",
        ...(encoding === "" ? {} : { "content-encoding": encoding }),
      };
      for (const receiver of RECEIVERS) {
        for (const { ports } of [stock, ours]) {
          expect(await post(ports[receiver], encode(JSON.stringify(body)), headers)).toBe(202);
        }
      }
    }
  }
});

test.each([
  ["no JSON", "x"],
  ["an object", "{}"],
  ["no body", ""],
  ["null", "null"],
  ["a null in the list", "[null]"],
  ["no id", '[{"traceId":"1"}]'],
  ["an id of zero", '[{"traceId":"1","id":"0"}]'],
  ["an id that is too long", '[{"traceId":"1","id":"12345678901234567"}]'],
  ["an empty trace id", '[{"traceId":"","id":"1"}]'],
  ["no hex", '[{"traceId":"xyz","id":"1"}]'],
  ["a number as tag", '[{"traceId":"1","id":"1","tags":{"a":1}}]'],
  ["a name that is a number", '[{"traceId":"1","id":"1","name":1}]'],
  ["a fraction as time", '[{"traceId":"1","id":"1","timestamp":1.5}]'],
  ["a negative duration", '[{"traceId":"1","id":"1","duration":-1}]'],
  ["an annotation without time", '[{"traceId":"1","id":"1","annotations":[{"value":"a"}]}]'],
  ["a port above 65535", '[{"traceId":"1","id":"1","localEndpoint":{"port":65536}}]'],
  ["no IP address", '[{"traceId":"1","id":"1","localEndpoint":{"ipv4":"1.2.3"}}]'],
])("%s: the same status as the stock receiver's", async (_name, body) => {
  expect(await post(ours.ports[PLAIN], body)).toBe(await post(stock.ports[PLAIN], body));
});

test("a zipkin client from npm is heard by both", async () => {
  for (const { ports } of [stock, ours]) {
    const logger = new HttpLogger({
      endpoint: at(ports[PLAIN]),
      httpInterval: 10,
      jsonEncoder: zipkin.jsonEncoder.JSON_V2,
    }) as HttpLogger & NodeJS.EventEmitter;
    const sent = once(logger, "success");
    const recorder = new zipkin.BatchRecorder({ logger });
    const localServiceName = "npm-client";
    const tracer = new zipkin.Tracer({ ctxImpl: new zipkin.ExplicitContext(), recorder, localServiceName });
    // The same ids for both, so that the spans can be compared.
    const some = <Value>(value: Value) => new zipkin.option.Some(value);
    const id = new zipkin.TraceId({ traceId: "1234567890abcdef", spanId: "fedcba0987654321", sampled: some(true) });
    tracer.letId(id, () => {
      tracer.recordServiceName(localServiceName);
      tracer.recordRpc("get");
      tracer.recordBinary("http.path", "/products");
      tracer.recordAnnotation(new zipkin.Annotation.ServerRecv(), 1_556_604_172_355_737);
      tracer.recordMessage("working");
      tracer.recordAnnotation(new zipkin.Annotation.ServerSend(), 1_556_604_172_365_737);
    });
    await sent;
  }
});

test("everything that both were sent has become the same", async () => {
  await ours.child.stop();
  await stock.child.stop();
  for (const receiver of RECEIVERS) {
    const theirs = await sortedSpansInFile(join(folder, `stock${receiver}.json`));
    const own = await sortedSpansInFile(join(folder, `ours${receiver}.json`));
    expect(theirs.length).toBeGreaterThan(20);
    expect(own.map(withoutClock)).toEqual(theirs.map(withoutClock));
  }
  const own = await sortedSpansInFile(join(folder, "ours0.json"));
  expect(own.filter((text) => text.includes("npm-client")).length).toBe(1);
});

/** The client wrote the time of "working" itself. */
function withoutClock(text: string): string {
  return text.replace(/"name":"working","timeUnixNano":"\d+"/, '"name":"working"');
}
