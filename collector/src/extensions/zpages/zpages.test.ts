import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningCollector } from "../../collector.js";
import { addressOf, startTestCollector } from "../../testing/collector.test.fixture.js";
import { tracesJson } from "../../testing/telemetry.test.fixture.js";
import { table } from "./html.js";

let collector: RunningCollector;
let base: string;
beforeAll(async () => {
  collector = await startTestCollector(`
extensions:
  basicauth: { htpasswd: { inline: "ann:pw" } }
  zpages: { endpoint: "127.0.0.1:0", expvar: { enabled: true } }
  zpages/locked: { endpoint: "127.0.0.1:0", auth: { authenticator: basicauth } }
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
exporters: {nop: }
service: {extensions: [basicauth, zpages, zpages/locked], pipelines: {traces/a: {receivers: [otlp], exporters: [nop]}}}
`);
  base = `http://${addressOf(collector, "extension zpages", "http")}`;
  await fetch(`http://${addressOf(collector, "receiver otlp", "http")}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(tracesJson([{}, {}, {}])),
  });
});
afterAll(() => collector.shutdown());

test.each([
  ["/debug/servicez", ["venturi collector", "extension zpages", "receiver otlp"]],
  ["/debug/", ["venturi collector"]],
  ["/debug/pipelinez?x=1", ["<td>traces/a</td>", "<td>otlp</td>", '<td class="number">3</td>']],
  ["/debug/extensionz", ["zpages/locked"]],
  ["/debug/featurez", ["no feature gates"]],
  ["/debug/tracez", ["does not trace itself"]],
])("%s", async (path, texts) => {
  const answer = await fetch(`${base}${path}`);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  const html = await answer.text();
  for (const text of texts) expect(html).toContain(text);
  expect(html).not.toContain("<script");
});

test("other paths are not found; expvarz is JSON where it was asked for", async () => {
  expect((await fetch(`${base}/debug/nothing`)).status).toBe(404);
  expect(await (await fetch(`${base}/debug/expvarz`)).json()).toHaveProperty("memstats.rss");
});

test("pages may be behind an authenticator", async () => {
  const locked = `http://${addressOf(collector, "extension zpages/locked", "http")}/debug/servicez`;
  expect((await fetch(locked)).status).toBe(401);
  const authorization = `Basic ${Buffer.from("ann:pw").toString("base64")}`;
  expect((await fetch(locked, { headers: { authorization } })).status).toBe(200);
});

test("texts of a configuration cannot become markup", () => {
  expect(table(["<b>"], [['"><script>alert(1)</script>']])).not.toMatch(/<b>|<script/);
});
