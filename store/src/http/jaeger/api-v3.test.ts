import { expect, test } from "vitest";
import { attributes, batchFromJson } from "../../testing/otlp-json.js";
import { servedStore } from "../../testing/test-store.js";

const traceId = "0af7651916cd43dd8448eb211c80319c";

/** One span with everything that OTLP can say, and a server's side with the client's id. */
async function oneTrace() {
  const served = await servedStore();
  const span = {
    traceId,
    spanId: "b7ad6b7169203331",
    name: "call",
    kind: 3,
    traceState: "a=1",
    flags: 257,
    startTimeUnixNano: "1767225600000000000",
    endTimeUnixNano: "1767225600500000000",
    attributes: attributes({
      text: "x",
      int: 5,
      double: { doubleValue: 2 },
      list: { arrayValue: { values: [{ boolValue: true }] } },
    }),
    droppedAttributesCount: 1,
    events: [
      { timeUnixNano: "1767225600000000001", name: "e", attributes: attributes({ k: "v" }), droppedAttributesCount: 2 },
    ],
    droppedEventsCount: 3,
    links: [{ traceId, spanId: "00000000000000aa", traceState: "b=2", flags: 1, attributes: attributes({ l: "m" }) }],
    droppedLinksCount: 4,
    status: { code: 2, message: "no" },
  };
  const server = {
    traceId,
    spanId: span.spanId,
    name: "serve",
    kind: 2,
    startTimeUnixNano: "1767225600100000000",
    endTimeUnixNano: "1767225600200000000",
  };
  const scope = { name: "lib", version: "1", attributes: attributes({ s: "t" }), droppedAttributesCount: 5 };
  const resourceSpans = [
    {
      resource: { attributes: attributes({ "service.name": "front" }), droppedAttributesCount: 6 },
      schemaUrl: "https://opentelemetry.io/schemas/1.30.0",
      scopeSpans: [{ scope, schemaUrl: "https://opentelemetry.io/schemas/1.29.0", spans: [span] }],
    },
    { resource: { attributes: attributes({ "service.name": "back" }) }, scopeSpans: [{ spans: [server] }] },
  ];
  await served.store.write(batchFromJson("traces", { resourceSpans }));
  return { ...served, resourceSpans };
}

test("a trace comes back as it was sent, schema URLs included", async () => {
  const { get, resourceSpans } = await oneTrace();
  const { status, body } = await get(`/api/v3/traces/${traceId}?raw_traces=true`);
  expect(status).toBe(200);
  const [front, back] = body.result.resourceSpans;
  expect(front).toEqual(resourceSpans[0]);
  expect(back.scopeSpans[0].spans[0]).toMatchObject({ name: "serve", status: {} });
});

test("adjusted, the server's side has an id of its own below the client's", async () => {
  const { get } = await oneTrace();
  const { body } = await get(`/api/v3/traces/${traceId.toUpperCase()}`);
  const [, back] = body.result.resourceSpans;
  expect(back.scopeSpans[0].spans[0]).toMatchObject({ spanId: "0000000000000001", parentSpanId: "b7ad6b7169203331" });
});

test("search, services, operations and errors", async () => {
  const { get } = await oneTrace();
  expect((await get("/api/v3/services")).body).toEqual({ services: ["back", "front"] });
  expect((await get("/api/v3/operations?service=front")).body).toEqual({
    operations: [{ name: "call", spanKind: "client" }],
  });
  const window = "query.start_time_min=2026-01-01T00:00:00Z&query.start_time_max=2026-01-01T00:00:01Z";
  const found = await get(
    `/api/v3/traces?${window}&query.num_traces=5&query.service_name=back&query.duration_min=50ms`,
  );
  expect(found.body.result.resourceSpans).toHaveLength(2);
  expect(await get(`/api/v3/traces?${window}&query.num_traces=5&query.service_name=x`)).toEqual({
    status: 404,
    body: { error: { httpCode: 404, message: "No traces found" } },
  });
  expect(await get("/api/v3/traces")).toMatchObject({
    status: 400,
    body: { error: { message: "query.start_time_min and query.start_time_max are required" } },
  });
  expect((await get("/api/v3/traces/xyz")).body.error.message).toMatch(
    /^malformed parameter trace_id: strconv.ParseUint/,
  );
  expect((await get("/api/v3/nope")).status).toBe(404);
});
