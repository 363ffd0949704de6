import { expect, test } from "vitest";
import { spansOf } from "../../testing/otlp-json.js";
import { servedStore } from "../../testing/test-store.js";

const a = "a".repeat(32);
const b = "b".repeat(32);

async function twoTraces() {
  const served = await servedStore();
  const startMs = Date.now() - 1000;
  for (const [traceId, queryMs] of [
    [a, 10],
    [b, 60],
  ] as const) {
    const root = { traceId, spanId: "0000000000000001", name: "GET /", startMs, durationMs: queryMs + 20 };
    const query = {
      traceId,
      spanId: "0000000000000002",
      parentSpanId: root.spanId,
      name: "SELECT",
      kind: 3,
      startMs: startMs + 10,
      durationMs: queryMs,
    };
    await served.store.write(spansOf("shop", [root, query]));
  }
  return { ...served, startMs };
}

test("two traces compared", async () => {
  const { get, startMs } = await twoTraces();
  const path = [{ service: "shop", operation: "GET /" }];
  expect(await get(`/api/venturi/traces/compare?a=${a}&b=${b}`)).toEqual({
    status: 200,
    body: {
      a: { traceId: a, spans: 2, startUs: startMs * 1000, durationUs: 30_000 },
      b: { traceId: b, spans: 2, startUs: startMs * 1000, durationUs: 80_000 },
      paths: [
        {
          path: [...path, { service: "shop", operation: "SELECT" }],
          a: { count: 1, totalUs: 10_000, selfUs: 10_000 },
          b: { count: 1, totalUs: 60_000, selfUs: 60_000 },
          delta: { count: 0, totalUs: 50_000, selfUs: 50_000 },
        },
        {
          path,
          a: { count: 1, totalUs: 30_000, selfUs: 20_000 },
          b: { count: 1, totalUs: 80_000, selfUs: 20_000 },
          delta: { count: 0, totalUs: 50_000, selfUs: 0 },
        },
      ],
    },
  });
});

test("errors", async () => {
  const { get } = await twoTraces();
  expect(await get(`/api/venturi/traces/compare?a=${a}`)).toMatchObject({
    status: 400,
    body: { error: expect.stringMatching(/^"b" must be a trace id/) },
  });
  expect((await get(`/api/venturi/traces/compare?a=${a}&b=1`)).status).toBe(404);
  expect(await get(`/api/venturi/traces/${a}/critical-path`)).toMatchObject({ status: 501 });
  expect((await get(`/api/venturi/traces/${a}`)).status).toBe(404);
});
