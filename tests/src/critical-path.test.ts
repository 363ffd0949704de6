import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { jsonToProtobuf, readBatch } from "@venturi/otlp";
import { openStoreInProcess } from "@venturi/store";
import { expect, test } from "vitest";
import { cleanup } from "./support/cleanup.js";
import { root } from "./support/venturi.js";

const { defer } = cleanup();
const traceId = "a".repeat(32);

test("the store answers the critical path that the analysis finds", async () => {
  const analysisModule = pathToFileURL(join(root, "analysis/dist/index.js")).href;
  const store = await openStoreInProcess({ path: ":memory:", log: () => undefined, analysisModule });
  defer(() => store.close());
  const startMs = Date.now() - 1000;
  const span = (n: number, parent: number, name: string, fromMs: number, toMs: number, kind = 1): object => ({
    traceId,
    spanId: `000000000000000${n}`,
    ...(parent === 0 ? {} : { parentSpanId: `000000000000000${parent}` }),
    name,
    kind,
    startTimeUnixNano: String(BigInt(startMs + fromMs) * 1_000_000n),
    endTimeUnixNano: String(BigInt(startMs + toMs) * 1_000_000n),
  });
  const spans = [
    span(1, 0, "GET /", 0, 100, 2),
    span(2, 1, "short", 10, 30),
    span(3, 1, "long", 10, 80),
    span(4, 3, "query", 20, 60),
  ];
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] };
  const request = Buffer.from(JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }));
  await store.write(readBatch("traces", jsonToProtobuf("traces", request)));
  const { url } = await store.listen({ port: 0 });
  const answer = await fetch(`${url}/api/venturi/traces/${traceId}/critical-path`);
  expect(answer.status).toBe(200);
  const segment = (n: number, operation: string, fromMs: number, toMs: number): object => ({
    spanId: `000000000000000${n}`,
    service: "shop",
    operation,
    startUs: (startMs + fromMs) * 1000,
    durationUs: (toMs - fromMs) * 1000,
  });
  expect(await answer.json()).toEqual({
    traceId,
    rootSpanId: "0000000000000001",
    service: "shop",
    operation: "GET /",
    startUs: startMs * 1000,
    durationUs: 100_000,
    segments: [
      segment(1, "GET /", 0, 10),
      segment(3, "long", 10, 20),
      segment(4, "query", 20, 60),
      segment(3, "long", 60, 80),
      segment(1, "GET /", 80, 100),
    ],
    operations: [
      { service: "shop", operation: "query", durationUs: 40_000, share: 0.4 },
      { service: "shop", operation: "GET /", durationUs: 30_000, share: 0.3 },
      { service: "shop", operation: "long", durationUs: 30_000, share: 0.3 },
    ],
    orphans: 0,
    clocksCorrected: 0,
    asynchronousSpans: 0,
  });
  expect((await fetch(`${url}/api/venturi/traces/${"b".repeat(32)}/critical-path`)).status).toBe(404);
});
