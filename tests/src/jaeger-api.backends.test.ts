import { jsonToProtobuf, readBatch } from "@venturi/otlp";
import { openStoreInProcess } from "@venturi/store";
import { describe, expect, test } from "vitest";
import { startJaeger } from "./support/backends.js";
import { cleanup } from "./support/cleanup.js";
import { eventually } from "./support/eventually.js";
import { type CorpusTrace, jaegerCorpus } from "./support/jaeger/corpus.js";
import { normalForm } from "./support/jaeger/normal-form.js";
import { onPurpose, onPurposeTraces } from "./support/jaeger/on-purpose.js";
import { firstApiRequests, thirdApiRequests } from "./support/jaeger/requests.js";
import { metricsRequests, spanMetrics } from "./support/jaeger/span-metrics.js";

const { defer, temporaryFolder } = cleanup();

interface Answer {
  readonly path: string;
  readonly status: number;
  readonly body: unknown;
}

async function ask(url: string, path: string): Promise<Answer> {
  const response = await fetch(url + path);
  const text = await response.text();
  return { path, status: response.status, body: /^\s*[{[]/.test(text) ? normalForm(JSON.parse(text)) : text };
}

/** The same traces in a real Jaeger and in a store. */
async function startBoth(
  maxSkewMs: number,
  corpus: (nowMs: number) => CorpusTrace[],
): Promise<{ jaeger: string; store: string; traces: CorpusTrace[]; nowMs: number }> {
  const nowMs = Date.now();
  const traces = corpus(nowMs);
  const jaeger = await startJaeger(await temporaryFolder(), { maxClockSkewAdjust: `${maxSkewMs}ms` });
  defer(() => jaeger.child.stop());
  const store = await openStoreInProcess({ path: ":memory:", maxClockSkewMs: maxSkewMs, log: () => undefined });
  defer(() => store.close());
  const { url } = await store.listen({ port: 0 });
  for (const { request } of traces) {
    const body = JSON.stringify(request);
    const headers = { "content-type": "application/json" };
    const sent = await fetch(`${jaeger.otlpHttp}/v1/traces`, { method: "POST", headers, body });
    expect(sent.status, await sent.text()).toBe(200);
    await store.write(readBatch("traces", jsonToProtobuf("traces", Buffer.from(body))));
  }
  await eventually("the last trace in Jaeger", async () => {
    return (await fetch(`${jaeger.url}/api/v3/traces/${traces.at(-1)?.id}?raw_traces=true`)).ok ? true : undefined;
  });
  return { jaeger: jaeger.url, store: url, traces, nowMs };
}

async function differences(real: string, ours: string, paths: Iterable<string>): Promise<object[]> {
  const found: object[] = [];
  for (const path of paths) {
    const [theirs, mine] = await Promise.all([ask(real, path), ask(ours, path)]);
    if (JSON.stringify(theirs) !== JSON.stringify(mine)) found.push({ theirs, mine });
  }
  return found;
}

describe.each([0, 1000])("the store answers as Jaeger, clocks corrected by at most %i ms", async (maxSkewMs) => {
  const { jaeger, store, traces, nowMs } = await startBoth(maxSkewMs, jaegerCorpus);

  test("the first API", async () => {
    expect(await differences(jaeger, store, firstApiRequests(traces, nowMs))).toEqual([]);
  });

  test("version 3's API, unadjusted", async () => {
    expect(await differences(jaeger, store, thirdApiRequests(traces, nowMs))).toEqual([]);
  });

  test("version 3's API, adjusted", async () => {
    // Once each: Jaeger's adjusters change what its memory holds.
    const paths = traces.map(({ id }) => `/api/v3/traces/${id}`);
    expect(await differences(jaeger, store, paths)).toEqual([]);
  });
});

test("the metrics API answers as Jaeger does from the store's own Prometheus API", async () => {
  const nowMs = Math.floor(Date.now() / 60_000) * 60_000;
  const store = await openStoreInProcess({ path: ":memory:", log: () => undefined });
  defer(() => store.close());
  const { url } = await store.listen({ port: 0 });
  for (const request of spanMetrics(nowMs)) {
    await store.write(readBatch("metrics", jsonToProtobuf("metrics", Buffer.from(JSON.stringify(request)))));
  }
  const jaeger = await startJaeger(await temporaryFolder(), { metricsUrl: url });
  defer(() => jaeger.child.stop());
  expect(await differences(jaeger.url, url, metricsRequests(nowMs))).toEqual([]);
});

test("an empty store answers as an empty Jaeger", async () => {
  const jaeger = await startJaeger(await temporaryFolder());
  defer(() => jaeger.child.stop());
  const store = await openStoreInProcess({ path: ":memory:", log: () => undefined });
  defer(() => store.close());
  const { url } = await store.listen({ port: 0 });
  const paths = [
    "/api/services",
    "/api/v3/services",
    "/api/services/a/operations",
    "/api/traces?service=a",
    "/api/dependencies",
  ];
  expect(await differences(jaeger.url, url, paths)).toEqual([]);
});

test("what differs on purpose does differ", async () => {
  const { jaeger, store, nowMs } = await startBoth(0, onPurposeTraces);
  const different = await differences(
    jaeger,
    store,
    onPurpose(nowMs).map(({ path }) => path),
  );
  expect(different).toHaveLength(onPurpose(nowMs).length);
});
