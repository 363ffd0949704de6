import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { root } from "./support/venturi.js";

// The worker thread runs compiled code, so this is the build, not the source.
const { openStore } = (await import(join(root, "store/dist/index.js"))) as typeof import("../../store/dist/index.js");
const { jsonToProtobuf, readBatch } = (await import(
  join(root, "otlp/dist/index.js")
)) as typeof import("../../otlp/dist/index.js");

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function temporaryPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "venturi-worker-"));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  return join(directory, "store.duckdb");
}

function batchOf(spanCount: number) {
  const startTimeUnixNano = String(BigInt(Date.now()) * 1_000_000n);
  const spans = Array.from({ length: spanCount }, (_, index) => ({
    traceId: (index + 1).toString(16).padStart(32, "0"),
    spanId: (index + 1).toString(16).padStart(16, "0"),
    name: "checkout",
    kind: 2,
    startTimeUnixNano,
    endTimeUnixNano: startTimeUnixNano,
  }));
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] };
  const request = { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] };
  return readBatch("traces", jsonToProtobuf("traces", Buffer.from(JSON.stringify(request))));
}

test("the store in its thread answers over HTTP what was written, and leaves the sender's bytes alone", async () => {
  const path = await temporaryPath();
  const store = await openStore({ path, log: () => undefined });
  cleanups.push(() => store.close());
  const { url } = await store.listen({ port: 0 });
  const batch = batchOf(300);
  await Promise.all(Array.from({ length: 20 }, () => store.write(batch)));
  expect(batch.slices[0]?.byteLength).toBe(batch.byteLength);
  expect(store.stats()).toMatchObject({ spans: 6000, dropped: {} });
  const services = await (await fetch(`${url}/api/services`)).json();
  expect(services).toMatchObject({ data: ["shop"] });
  await store.close();
  await store.close();
  await expect(store.write(batch)).rejects.toThrow("cannot use the store: it is closed");
  await expect(fetch(`${url}/api/services`)).rejects.toThrow();

  const again = await openStore({ path, log: () => undefined });
  cleanups.push(() => again.close());
  await expect(openStore({ path, log: () => undefined })).rejects.toThrow("this process already has it open");
});

test("a thread that dies is one clear error, for what waits and for what comes", async () => {
  const path = await temporaryPath();
  const lines: string[] = [];
  const started = new Promise<Worker>((resolve) => process.once("worker", resolve));
  const store = await openStore({ path, log: (line) => lines.push(line) });
  cleanups.push(() => store.close());
  const worker = await started;
  await store.write(batchOf(10));
  const flushing = store.flush();
  const ended = worker.terminate();
  await expect(flushing).rejects.toThrow("cannot use the store: it stopped: its thread ended");
  await ended;
  await expect(store.write(batchOf(1))).rejects.toThrow("cannot use the store: it stopped: its thread ended");
  expect(lines).toEqual(["store: stopped: its thread ended; restart the process"]);
  await store.close();
});

test("one clear line when the file cannot be opened", async () => {
  const path = join(await temporaryPath(), "missing", "store.duckdb");
  await expect(openStore({ path })).rejects.toThrow(/^cannot open store ".*": the directory .* does not exist$/);
});
