import { describe, expect, test } from "vitest";
import { batchFromJson, spansOf } from "../../testing/otlp-json.js";
import { servedStore } from "../../testing/test-store.js";

const traceA = "0af7651916cd43dd8448eb211c80319c";
const traceB = "0af7651916cd43dd8448eb211c80319d";
const root = "b7ad6b7169203331";
const child = "b7ad6b7169203332";
const consumer = "b7ad6b7169203333";

/** Gateway calls orders in trace A; orders' message is consumed in trace B, which links back. */
async function shop() {
  const startMs = Date.now() - 60_000;
  const served = await servedStore();
  const { store } = served;
  await store.write(
    spansOf(
      "gateway",
      [
        {
          traceId: traceA,
          spanId: root,
          name: "GET /orders/:id",
          startMs,
          durationMs: 120,
          attributes: {
            "http.request.method": "GET",
            "http.route": "/orders/:id",
            "http.response.status_code": 500,
            ratio: 0.5,
            whole: { doubleValue: 2 },
            big: { intValue: "9007199254740993" },
            flag: true,
            raw: { bytesValue: "AAEC" },
            list: { arrayValue: { values: [{ intValue: "1" }, { stringValue: 'a"b' }] } },
            "odd/key~": "x\ty",
          },
          events: [
            {
              timeUnixNano: String(BigInt(startMs) * 1_000_000n + 1500n),
              name: "exception",
              attributes: [{ key: "exception.type", value: { stringValue: "TypeError" } }],
            },
          ],
          status: { code: 2, message: "boom" },
        },
      ],
      { "service.instance.id": "gw-1", "host.name": "box" },
    ),
  );
  await store.write(
    spansOf("orders", [
      {
        traceId: traceA,
        spanId: child,
        parentSpanId: root,
        name: "charge",
        kind: 3,
        startMs: startMs + 5,
        durationMs: 30,
      },
    ]),
  );
  await store.write(
    spansOf("worker", [
      {
        traceId: traceB,
        spanId: consumer,
        name: "process jobs",
        kind: 5,
        startMs: startMs + 50,
        durationMs: 10,
        links: [{ traceId: traceA, spanId: child }],
      },
    ]),
  );
  return { ...served, startMs };
}

describe("Jaeger query API", () => {
  test("services and operations", async () => {
    const { get } = await shop();
    expect(await get("/api/services")).toEqual({
      status: 200,
      body: { data: ["gateway", "orders", "worker"], total: 3, limit: 0, offset: 0, errors: null },
    });
    expect((await get("/api/services/gateway/operations")).body.data).toEqual(["GET /orders/:id"]);
    expect((await get("/api/operations?service=orders")).body.data).toEqual([{ name: "charge", spanKind: "client" }]);
    expect((await get("/api/operations?service=orders&spanKind=server")).body.data).toEqual([]);
    expect((await get("/api/operations")).body.errors).toEqual([{ code: 400, msg: "parameter 'service' is required" }]);
  });

  test("a trace in Jaeger's JSON, with typed tags", async () => {
    const { get, startMs } = await shop();
    const { status, body } = await get(`/api/traces/${traceA}`);
    expect(status).toBe(200);
    const [trace] = body.data;
    expect(trace.traceID).toBe(traceA);
    expect(trace.warnings).toBeNull();
    expect(trace.processes).toEqual({
      p1: {
        serviceName: "gateway",
        tags: [
          { key: "host.name", type: "string", value: "box" },
          { key: "service.instance.id", type: "string", value: "gw-1" },
        ],
      },
      p2: { serviceName: "orders", tags: [] },
    });
    expect(trace.spans[0]).toEqual({
      traceID: traceA,
      spanID: root,
      operationName: "GET /orders/:id",
      references: [],
      startTime: startMs * 1000,
      duration: 120_000,
      tags: [
        { key: "big", type: "int64", value: "9007199254740993" },
        { key: "error", type: "bool", value: true },
        { key: "flag", type: "bool", value: true },
        { key: "http.request.method", type: "string", value: "GET" },
        { key: "http.response.status_code", type: "int64", value: 500 },
        { key: "http.route", type: "string", value: "/orders/:id" },
        { key: "list", type: "string", value: '[1,"a\\"b"]' },
        { key: "odd/key~", type: "string", value: "x\ty" },
        { key: "otel.scope.name", type: "string", value: "test-scope" },
        { key: "otel.scope.version", type: "string", value: "1.2.3" },
        { key: "otel.status_code", type: "string", value: "ERROR" },
        { key: "otel.status_description", type: "string", value: "boom" },
        { key: "ratio", type: "float64", value: 0.5 },
        { key: "raw", type: "binary", value: "AAEC" },
        { key: "span.kind", type: "string", value: "server" },
        { key: "whole", type: "float64", value: 2 },
      ],
      logs: [
        {
          timestamp: startMs * 1000 + 1,
          fields: [
            { key: "event", type: "string", value: "exception" },
            { key: "exception.type", type: "string", value: "TypeError" },
          ],
        },
      ],
      processID: "p1",
      warnings: null,
    });
    expect(trace.spans[1].references).toEqual([{ refType: "CHILD_OF", traceID: traceA, spanID: root }]);
    const linked = await get(`/api/traces/${traceB}`);
    expect(linked.body.data[0].spans[0].references).toEqual([
      { refType: "FOLLOWS_FROM", traceID: traceA, spanID: child },
    ]);
  });

  test("search by every parameter", async () => {
    const { get, startMs } = await shop();
    const found = async (query: string): Promise<string[]> => {
      const { status, body } = await get(`/api/traces?${query}`);
      expect(status).toBe(200);
      return body.data.map((trace: { traceID: string }) => trace.traceID);
    };
    expect(await found("service=gateway")).toEqual([traceA]);
    expect(await found("service=worker")).toEqual([traceB]);
    expect(await found("service=gateway&operation=nope")).toEqual([]);
    expect(await found("service=orders&minDuration=30ms&maxDuration=1s")).toEqual([traceA]);
    expect(await found("service=orders&minDuration=30.5ms")).toEqual([]);
    expect(await found("service=orders&lookback=1h")).toEqual([traceA]);
    expect(await found("service=orders&lookback=30s")).toEqual([]);
    expect(await found(`service=gateway&start=${(startMs - 1) * 1000}&end=${startMs * 1000}`)).toEqual([traceA]);
    expect(await found(`service=gateway&start=${(startMs + 1) * 1000}`)).toEqual([]);
    const tagged = (tags: object): Promise<string[]> => {
      return found(`service=gateway&tags=${encodeURIComponent(JSON.stringify(tags))}`);
    };
    for (const tags of [
      { error: "true" },
      { "http.response.status_code": "500" },
      { "host.name": "box" },
      { "exception.type": "TypeError" },
      { event: "exception" },
      { "span.kind": "server", "otel.status_code": "ERROR", flag: "true", ratio: "0.5" },
      { "odd/key~": "x\ty" },
      { "otel.scope.name": "test-scope" },
    ]) {
      expect(await tagged(tags), JSON.stringify(tags)).toEqual([traceA]);
    }
    expect(await tagged({ "http.response.status_code": "200" })).toEqual([]);
    expect(await tagged({ "x' OR 1=1 --": "y" })).toEqual([]);
    expect(await found("service=gateway&tag=flag:true")).toEqual([traceA]);
    expect(await found(`traceID=${traceA}&traceID=${traceB}`)).toEqual([traceA, traceB]);
  });

  test("dependencies from parents and from links", async () => {
    const { get } = await shop();
    expect((await get("/api/dependencies?lookback=3600000")).body).toEqual({
      data: [
        { parent: "gateway", child: "orders", callCount: 1 },
        { parent: "orders", child: "worker", callCount: 1 },
      ],
      total: 0,
      limit: 0,
      offset: 0,
      errors: null,
    });
    expect((await get("/api/dependencies?lookback=3600000&service=worker")).body.data).toHaveLength(1);
    expect((await get("/api/dependencies?lookback=1000")).body.data).toEqual([]);
  });

  test("errors carry Jaeger's envelope", async () => {
    const { get } = await shop();
    const error = async (path: string): Promise<unknown> => {
      const { status, body } = await get(path);
      expect(body).toMatchObject({ data: null, total: 0, limit: 0, offset: 0, errors: [{ code: status }] });
      return `${status} ${body.errors[0].msg}`;
    };
    expect(await error(`/api/traces/${"f".repeat(32)}`)).toBe("404 trace not found");
    expect(await error("/api/traces/xyz")).toBe('400 strconv.ParseUint: parsing "xyz": invalid syntax');
    expect(await error("/api/traces")).toBe("400 parameter 'service' is required");
    expect(await error("/api/traces?service=a&start=x")).toMatch(/^400 unable to parse param 'start'/);
    expect(await error("/api/traces?service=a&minDuration=1")).toMatch(/^400 unable to parse param 'minDuration'/);
    expect(await error("/api/traces?service=a&minDuration=2s&maxDuration=1s")).toMatch(/^400 'maxDuration'/);
    expect(await error("/api/traces?service=a&tags=%7B")).toMatch(/^400 malformed 'tags' parameter/);
    expect(await error("/api/traces?service=a&tag=x")).toMatch(/^400 malformed 'tag' parameter/);
    expect((await get("/api/nope")).status).toBe(404);
  });

  test("a span that was delivered twice is shown once", async () => {
    const { store, get } = await servedStore();
    const span = { traceId: traceA, spanId: root, name: "once", startMs: Date.now(), durationMs: 1 };
    await store.write(spansOf("gateway", [span]));
    await store.write(spansOf("gateway", [span]));
    expect((await get(`/api/traces/${traceA}`)).body.data[0].spans).toHaveLength(1);
  });

  test("spans without ids are counted, not stored", async () => {
    const { store, get } = await servedStore();
    const spans = [{ name: "anonymous", startTimeUnixNano: "1", endTimeUnixNano: "2" }];
    await store.write(batchFromJson("traces", { resourceSpans: [{ scopeSpans: [{ spans }] }] }));
    expect(store.stats()).toMatchObject({ spans: 0, dropped: { invalid_span: 1 } });
    expect((await get("/api/services")).body.data).toBeNull();
  });
});
