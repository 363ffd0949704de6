import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningCollector } from "../collector.js";
import { addressOf, startTestCollector } from "../testing/collector.test.fixture.js";
import { tracesJson } from "../testing/telemetry.test.fixture.js";

let collector: RunningCollector;
const urls: string[] = [];
beforeAll(async () => {
  const rules = `
      cors: { allowed_origins: ["https://*.example.com"], allowed_headers: [x-tenant], exposed_headers: [x-served-by], max_age: 60 }
      response_headers: { X-Served-By: venturi }
      compression_algorithms: [gzip]`;
  collector = await startTestCollector(`
receivers:
  otlp: { protocols: { http: { endpoint: "127.0.0.1:0", ${rules.trim().replaceAll(/\n\s*/g, ", ")} } } }
  zipkin: { endpoint: "127.0.0.1:0", ${rules.trim().replaceAll(/\n\s*/g, ", ")} }
exporters: {nop: }
service: {pipelines: {traces: {receivers: [otlp, zipkin], exporters: [nop]}}}
`);
  urls.push(`http://${addressOf(collector, "receiver otlp", "http")}/v1/traces`);
  urls.push(`http://${addressOf(collector, "receiver zipkin", "http")}/api/v2/spans`);
});
afterAll(() => collector.shutdown());

const bodyOf = (url: string): string =>
  url.includes("zipkin") || url.includes("api") ? "[]" : JSON.stringify(tracesJson([{}]));
const json = { "content-type": "application/json" };

test.each([0, 1])("a preflight says what is allowed (%i)", async (index) => {
  const ask = (origin: string) =>
    fetch(urls[index] ?? "", { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } });
  const { status, headers } = await ask("https://app.example.com");
  expect([status, headers.get("access-control-allow-origin")]).toEqual([204, "https://app.example.com"]);
  expect(headers.get("access-control-allow-headers")).toBe("x-tenant");
  expect([headers.get("access-control-max-age"), headers.get("access-control-allow-credentials")]).toEqual([
    "60",
    "true",
  ]);
  expect((await ask("https://evil.com")).headers.get("access-control-allow-origin")).toBeNull();
});

test.each([0, 1])("headers are added, encodings are taken by their list (%i)", async (index) => {
  const url = urls[index] ?? "";
  const body = gzipSync(bodyOf(url)) as unknown as NonNullable<RequestInit["body"]>;
  const origin = "https://app.example.com";
  const taken = await fetch(url, { method: "POST", headers: { ...json, origin, "content-encoding": "gzip" }, body });
  expect(taken.ok).toBe(true);
  expect(taken.headers.get("x-served-by")).toBe("venturi");
  expect(taken.headers.get("access-control-expose-headers")).toBe("x-served-by");
  for (const encoding of [undefined, "zstd"]) {
    const headers = { ...json, ...(encoding === undefined ? {} : { "content-encoding": encoding }) };
    const refused = await fetch(url, { method: "POST", headers, body: bodyOf(url) });
    expect([refused.status, await refused.text()]).toEqual([
      400,
      expect.stringContaining("unsupported Content-Encoding: "),
    ]);
  }
});
