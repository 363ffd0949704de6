import { gzipSync } from "node:zlib";
import { jsonToProtobuf } from "@venturi/otlp";
import { expect, test } from "vitest";
import { getJson, servedStore } from "../../testing/test-store.js";

const nowMs = Date.parse("2026-03-01T12:00:00Z");

function gauge(value: number, timeMs = nowMs): string {
  const metric = { name: "jobs", gauge: { dataPoints: [{ timeUnixNano: `${timeMs}000000`, asDouble: value }] } };
  return JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] });
}

async function served() {
  const { url, get, store } = await servedStore({ now: () => nowMs });
  const post = async (body: string | Uint8Array, headers: Record<string, string> = {}): Promise<string> => {
    const { status, body: text } = await getJson(`${url}/api/v1/otlp/v1/metrics`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : new Uint8Array(body),
    });
    return `${status} ${String(text).trim()}`.trim();
  };
  return { post, get, store };
}

test("JSON, protobuf, gzip", async () => {
  const { post, get, store } = await served();
  expect(await post(gauge(1, nowMs - 2))).toBe("200");
  const bytes = jsonToProtobuf("metrics", Buffer.from(gauge(2, nowMs - 1)));
  expect(await post(bytes, { "content-type": "application/x-protobuf" })).toBe("200");
  expect(await post(gzipSync(gauge(3)), { "content-encoding": "gzip" })).toBe("200");
  const { body } = await get(`/api/v1/query?query=jobs[1m]&time=${nowMs / 1000}`);
  expect(body.data.result[0].values.map(([, value]: [number, string]) => value)).toEqual(["1", "2", "3"]);
  expect(store.stats().dropped).toEqual({});
});

test("what is refused gets Prometheus' words", async () => {
  const { post, store } = await served();
  expect(await post(gauge(1))).toBe("200");
  expect(await post(gauge(1))).toBe("200");
  expect(await post(gauge(2))).toBe("400 duplicate sample for timestamp");
  expect(await post(gauge(2, nowMs - 1))).toBe("400 out of order sample");
  expect(await post(gauge(2, nowMs + 600_001))).toBe("400 out of bounds: timestamp is too far in the future");
  expect(await post(gauge(2, nowMs + 600_000))).toBe("200");
  expect(await post("{", {})).toMatch(/^400 cannot read OTLP\/JSON: /);
  expect(await post("x", { "content-encoding": "gzip" })).toMatch(/^400 gzip: /);
  expect(await post(gauge(1), { "content-encoding": "zstd" })).toBe(
    '400 unsupported compression: zstd. Only "gzip" or no compression supported',
  );
  expect(await post(gauge(1), { "content-type": "text/plain" })).toBe(
    "400 unsupported content type: text/plain, supported: [application/json, application/x-protobuf]",
  );
  expect(store.stats()).toMatchObject({ samples: 2, series: 1 });
});

test("bodies are bounded, packed and unpacked", async () => {
  const { post } = await served();
  const large = Buffer.alloc(33 * 1024 * 1024, " ");
  expect(await post(large)).toMatch(/^413 /);
  expect(await post(gzipSync(large), { "content-encoding": "gzip" })).toMatch(/^400 gzip: /);
});
