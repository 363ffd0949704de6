import { gzipSync } from "node:zlib";
import { protobufToJson, readBatch } from "@venturi/otlp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningCollector } from "../../collector.js";
import { addressOf, startTestCollector } from "../../testing/collector.test.fixture.js";
import { startSink } from "../../testing/sink.test.fixture.js";
import { MalformedZipkinError } from "./model.js";
import { parseSpans } from "./parse-spans.js";
import { translateSpans } from "./translate.js";

interface JsonSpan {
  readonly attributes?: readonly { readonly key: string; readonly value: object }[];
  readonly [field: string]: unknown;
}
interface JsonTraces {
  readonly resourceSpans: readonly {
    readonly resource: object;
    readonly scopeSpans: readonly { readonly scope?: object; readonly spans: readonly JsonSpan[] }[];
  }[];
}

const ID = { traceId: "463ac35c9f6413ad", id: "a2fb4a1d1a96d312", timestamp: 1_472_470_996_199_000, duration: 207_000 };

function translate(spans: readonly object[], parseStringTags = false): JsonTraces {
  const bytes = translateSpans(parseSpans(Buffer.from(JSON.stringify(spans))), parseStringTags);
  return protobufToJson("traces", bytes) as JsonTraces;
}

function spanOf(span: object, parseStringTags = false): JsonSpan {
  return translate([{ ...ID, ...span }], parseStringTags).resourceSpans[0]?.scopeSpans[0]?.spans[0] as JsonSpan;
}

const attributesOf = (span: JsonSpan): Record<string, unknown> =>
  Object.fromEntries((span.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]));

describe("translation", () => {
  test("ids of 64 bits are filled up, times are microseconds, a span is not its own parent", () => {
    expect(spanOf({ name: "get", kind: "CLIENT", parentId: "A2FB4A1D1A96D312" })).toEqual({
      traceId: "0000000000000000463ac35c9f6413ad",
      spanId: "a2fb4a1d1a96d312",
      name: "get",
      kind: 3,
      startTimeUnixNano: "1472470996199000000",
      endTimeUnixNano: "1472470996406000000",
      status: {},
    });
    expect(spanOf({ traceId: "1".repeat(32), parentId: "1" })).toMatchObject({
      traceId: "1".repeat(32),
      parentSpanId: "0000000000000001",
    });
  });

  test("a span without a time says so, and keeps its duration", () => {
    const span = spanOf({ timestamp: undefined, duration: 5 });
    expect(span).toMatchObject({ endTimeUnixNano: "5000" });
    expect(attributesOf(span)).toEqual({ "otel.zipkin.absentField.startTime": true });
  });

  test.each([
    [{ error: "true" }, { code: 2 }, {}],
    [{ error: "no route" }, { code: 2 }, { error: "no route" }],
    [{ "otel.status_code": "Ok", "otel.status_description": "fine" }, { code: 1, message: "fine" }, {}],
    [{ "otel.status_code": "STATUS_CODE_ERROR" }, { code: 2 }, {}],
    [{ "http.status_code": "500" }, {}, { "http.status_code": "500" }],
  ])("tags %j: the status", (tags, status, attributes) => {
    const span = spanOf({ tags });
    expect(span.status).toEqual(status);
    expect(attributesOf(span)).toEqual(attributes);
  });

  test.each([
    ["12", { intValue: "12" }],
    ["-99999999999999999999", { intValue: "-9223372036854775808" }],
    ["1.50", { doubleValue: 1.5 }],
    ["true", { boolValue: true }],
    ["1e3", { stringValue: "1e3" }],
    ["", { stringValue: "" }],
  ])("parse_string_tags: %j", (text, value) => {
    expect(spanOf({ tags: { t: text } }, true).attributes).toEqual([{ key: "t", value }]);
    expect(spanOf({ tags: { t: text } }).attributes).toEqual([{ key: "t", value: { stringValue: text } }]);
  });

  test("endpoints become attributes; the IPv6 address counts, in canonical text", () => {
    const localEndpoint = { serviceName: "shop", ipv4: "10.0.0.1", ipv6: "2001:DB8:0:0::1", port: 8080 };
    const remoteEndpoint = { serviceName: "db", ipv6: "::ffff:10.0.0.9", port: 5432 };
    expect(attributesOf(spanOf({ localEndpoint, remoteEndpoint }))).toEqual({
      "network.local.address": "2001:db8::1",
      "net.host.port": "8080",
      "service.peer.name": "db",
      "network.peer.address": "10.0.0.9",
      "net.peer.port": "5432",
    });
  });

  test("annotations become events; what OTLP packed into them is taken apart; other bars stay", () => {
    const values = ["cs", 'retry|{"n":2,"why":"a|b"}|1', "a|b", "a|b|c"];
    const annotations = values.map((value, index) => ({ timestamp: index + 1, value }));
    expect(spanOf({ annotations }).events).toEqual([
      { timeUnixNano: "1000", name: "cs" },
      {
        timeUnixNano: "2000",
        name: "retry",
        attributes: [
          { key: "n", value: { intValue: "2" } },
          { key: "why", value: { stringValue: "a|b" } },
        ],
        droppedAttributesCount: 1,
      },
      { timeUnixNano: "3000", name: "a|b" },
      { timeUnixNano: "4000", name: "a|b|c" },
    ]);
  });

  test("links and trace state come out of their tags", () => {
    const tags = { "otlp.link.0": `${"2".repeat(32)}|${"3".repeat(16)}|x=1|{"k":true}|0`, "w3c.tracestate": "y=2" };
    const span = spanOf({ tags });
    expect(span).toMatchObject({
      traceState: "y=2",
      links: [
        {
          traceId: "2".repeat(32),
          spanId: "3".repeat(16),
          traceState: "x=1",
          attributes: [{ key: "k", value: { boolValue: true } }],
        },
      ],
    });
    expect(attributesOf(span)).toEqual({});
  });

  test("services are resources, libraries are scopes; tags of the resource leave the span", () => {
    const of = (id: string, serviceName: string, tags: object) => ({ ...ID, id, localEndpoint: { serviceName }, tags });
    const { resourceSpans } = translate([
      of("1", "web", { "otel.scope.name": "http", "otel.scope.version": "1", "host.name": "h1" }),
      of("2", "db", {}),
      of("3", "web", { "otel.library.name": "express" }),
      of("4", "web", { "otel.scope.name": "http" }),
    ]);
    expect(
      resourceSpans.map(({ resource, scopeSpans }) => ({
        resource,
        scopes: scopeSpans.map(({ scope, spans }) => ({ scope, ids: spans.map(({ spanId }) => spanId) })),
      })),
    ).toEqual([
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "db" } }] },
        scopes: [{ scope: {}, ids: ["0000000000000002"] }],
      },
      {
        resource: {
          attributes: [
            { key: "service.name", value: { stringValue: "web" } },
            { key: "host.name", value: { stringValue: "h1" } },
          ],
        },
        scopes: [
          { scope: { name: "express" }, ids: ["0000000000000003"] },
          { scope: { name: "http", version: "1" }, ids: ["0000000000000001", "0000000000000004"] },
        ],
      },
    ]);
  });
});

test.each([
  ["{", /^cannot read zipkin JSON/],
  ["{}", /expected a list/],
  ['[{"traceId":"1"}]', /^\[0\]\.id: a span id/],
  ['[{"traceId":"","id":"1"}]', /^\[0\]\.traceId: a trace id/],
  ['[null,{"traceId":"xyz","id":"1"}]', /^\[1\]\.traceId: expected up to 32 hex digits, got "xyz"/],
  ['[{"traceId":"1","id":"11111111111111111"}]', /^\[0\]\.id: expected up to 16/],
  ['[{"traceId":"1","id":"1","timestamp":1.5}]', /^\[0\]\.timestamp: expected an integer/],
  ['[{"traceId":"1","id":"1","tags":{"a":1}}]', /^\[0\]\.tags\.a: expected a string, got 1/],
  ['[{"traceId":"1","id":"1","annotations":[{"value":"a"}]}]', /^\[0\]\.annotations\[0\]\.timestamp/],
  ['[{"traceId":"1","id":"1","localEndpoint":{"port":65536}}]', /^\[0\]\.localEndpoint\.port/],
  ['[{"traceId":"1","id":"1","localEndpoint":{"ipv4":"1.2.3"}}]', /"1\.2\.3" is no IP address/],
])("%s is refused with its place", (body, message) => {
  expect(() => parseSpans(Buffer.from(body))).toThrow(message);
});

test("what is nested deeper than the stack is refused with its place", () => {
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const refused =
    (body: string): (() => unknown) =>
    () =>
      parseSpans(Buffer.from(body));
  expect(refused(deep)).toThrow(new MalformedZipkinError("[0]: expected an object, got a list"));
  expect(refused(`[{"traceId":"1","id":"1","tags":{"a":{"b":${deep}}}}]`)).toThrow(
    new MalformedZipkinError("[0].tags.a: expected a string, got an object"),
  );
});

/** A seeded generator (mulberry32): the same inputs in every run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

test("mutated bodies are translated to valid OTLP or refused, never worse", () => {
  const random = randomOf(7);
  const text = JSON.stringify([
    { ...ID, name: "n", kind: "SERVER", tags: { a: "1", error: "x" }, localEndpoint: { serviceName: "s", port: 1 } },
    { ...ID, parentId: "1", annotations: [{ timestamp: 5, value: "a|{}|0" }], remoteEndpoint: { ipv6: "::1" } },
  ]);
  let translated = 0;
  for (let round = 0; round < 5000; round++) {
    const bytes = Buffer.from(text);
    for (let changes = random(4); changes >= 0; changes--) {
      bytes[random(bytes.length)] = random(3) === 0 ? random(256) : text.charCodeAt(random(text.length));
    }
    try {
      const batch = readBatch("traces", translateSpans(parseSpans(bytes), round % 2 === 0));
      translated += batch.itemCount;
    } catch (error) {
      if (!(error instanceof MalformedZipkinError)) throw error;
    }
  }
  expect(translated).toBeGreaterThan(100);
});

describe("over HTTP", () => {
  let collector: RunningCollector;
  let base: string;
  beforeAll(async () => {
    collector = await startTestCollector(`
receivers: {zipkin: {endpoint: "127.0.0.1:0", max_request_body_size: 1000}}
exporters: {nop: }
service: {pipelines: {traces: {receivers: [zipkin], exporters: [nop]}}}
`);
    base = `http://${addressOf(collector, "receiver zipkin", "http")}`;
  });
  afterAll(() => collector.shutdown());

  const post = (body: string | Buffer, headers: Record<string, string> = {}, path = "/api/v2/spans") =>
    fetch(`${base}${path}`, { method: "POST", headers, body: body as NonNullable<RequestInit["body"]> });

  test.each([
    ["a list", JSON.stringify([ID]), {}, 202],
    ["gzip", gzipSync(JSON.stringify([ID])), { "content-encoding": "gzip" }, 202],
    ["an empty list", "[]", {}, 202],
    ["no JSON", "nope", {}, 400],
    ["corrupt gzip", "nope", { "content-encoding": "gzip" }, 400],
    ["too large", `[${" ".repeat(2000)}]`, {}, 413],
    ["a bomb", gzipSync(Buffer.alloc(1_000_000)), { "content-encoding": "gzip" }, 413],
    ["protobuf", "", { "content-type": "application/x-protobuf" }, 415],
  ])("%s", async (_name, body, headers, status) => {
    expect((await post(body, headers as Record<string, string>)).status).toBe(status);
  });

  test("v1 and other methods say what is missing", async () => {
    const v1 = await post("[]", {}, "/api/v1/spans");
    expect([v1.status, await v1.text()]).toEqual([404, expect.stringContaining("/api/v2/spans")]);
    expect((await fetch(base)).status).toBe(405);
  });

  test("what was taken is in the books", () => {
    expect(collector.ledger().pipelines[0]).toMatchObject({ accepted: 2, exits: { nop: { sent: 2 } }, balanced: true });
  });
});

test("a full queue answers as upstream: a zipkin reporter does not come back", async () => {
  const sink = await startSink();
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  sink.answer = () => held.then(() => ({ status: 200 }));
  const collector = await startTestCollector(`
receivers: {zipkin: {endpoint: "127.0.0.1:0"}}
exporters: {otlphttp: {endpoint: "${sink.url}", sending_queue: {queue_size: 1}}}
service: {pipelines: {traces: {receivers: [zipkin], exporters: [otlphttp]}}}
`);
  const url = `http://${addressOf(collector, "receiver zipkin", "http")}/api/v2/spans`;
  const post = () => fetch(url, { method: "POST", body: JSON.stringify([ID]) });
  expect((await post()).status).toBe(202);
  const refused = await post();
  expect([refused.status, await refused.text()]).toEqual([500, '"Internal Server Error"']);
  expect(collector.ledger().pipelines[0]).toMatchObject({ accepted: 1, refused: 1 });
  release();
  await collector.shutdown();
  await sink.close();
});
