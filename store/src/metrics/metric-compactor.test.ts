import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { isStaleNaN, staleNaN } from "@venturi/otlp";
import { parseSelector, type SampleSeries } from "@venturi/promql";
import { expect, test } from "vitest";
import { Database } from "../database/database.js";
import { IngestStats } from "../ingest/ingest-stats.js";
import { WriteBehind } from "../ingest/write-behind.js";
import { temporaryDirectory } from "../testing/test-store.js";
import { compactMetrics } from "./metric-compactor.js";
import { MetricStore } from "./metric-store.js";

async function open(path: string) {
  const database = await Database.open({ path });
  const settings = { retentionMs: Number.POSITIVE_INFINITY, maxSeries: 100, now: () => 0 };
  const metrics = new MetricStore(database, new IngestStats(), settings);
  await metrics.load();
  const writes = new WriteBehind(database, 1n, { flushIntervalMs: 60_000, maxPendingBytes: 1e9, log: () => undefined });
  const append = (timeMs: number, value: number, stale = false): void => {
    metrics.append([["__name__", "load"]], timeMs, value, stale, writes.pending);
  };
  const read = async (startMs: number, endMs: number): Promise<SampleSeries | undefined> => {
    return (await metrics.select(parseSelector("load"), startMs, endMs))[0];
  };
  const close = async (): Promise<void> => {
    writes.stop();
    await database.close();
  };
  return { database, metrics, writes, append, read, close };
}

test("a range over chunks and memory is one series without gap or repeat", async () => {
  const store = await open(":memory:");
  for (let time = 0; time < 5000; time++) store.append(time, time * 2, time === 2500);
  await compactMetrics(store.database, store.metrics, store.writes, 3999);
  // A compressed chunk that reaches beyond the cutoff moves as a whole.
  expect(store.metrics.sampleCount).toBeGreaterThan(900);
  expect(store.metrics.sampleCount).toBeLessThanOrEqual(1000);
  const all = await store.read(0, 10_000);
  expect([...(all?.timestampsMs ?? [])]).toEqual(Array.from({ length: 5000 }, (_, time) => time));
  expect(all?.values[2501]).toBe(5002);
  expect(isStaleNaN(all?.values[2500] as number)).toBe(true);
  expect([...((await store.read(3998, 4001))?.timestampsMs ?? [])]).toEqual([3998, 3999, 4000, 4001]);
  expect([...((await store.read(10, 12))?.values ?? [])]).toEqual([20, 22, 24]);
  await store.close();
});

test("queries while samples move to disk see each of them once", async () => {
  const store = await open(":memory:");
  for (let time = 0; time < 3000; time++) store.append(time, time);
  const moving = compactMetrics(store.database, store.metrics, store.writes, Number.POSITIVE_INFINITY);
  let moved = false;
  const finished = moving.then(() => {
    moved = true;
  });
  do {
    expect((await store.read(0, 10_000))?.timestampsMs).toHaveLength(3000);
    // Reading from memory takes no turn of the event loop, which the move needs.
    await setImmediate();
  } while (!moved);
  await finished;
  expect((await store.read(0, 10_000))?.timestampsMs).toHaveLength(3000);
  await store.close();
});

test("the log brings back what was in memory, chunks and log together, each sample once", async () => {
  const path = join(await temporaryDirectory(), "store.duckdb");
  const first = await open(path);
  for (let time = 1; time <= 10; time++) first.append(time, time);
  await first.writes.flush();
  for (let time = 11; time <= 20; time++) first.append(time, time);
  first.append(21, staleNaN, true);
  await first.writes.flush();
  // The second log row holds samples on both sides of the cutoff, so it stays.
  await compactMetrics(first.database, first.metrics, first.writes, 15);
  await first.close();

  const second = await open(path);
  expect(second.metrics.sampleCount).toBe(6);
  const all = await second.read(0, 100);
  expect([...(all?.timestampsMs ?? [])]).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
  expect(isStaleNaN(all?.values[20] as number)).toBe(true);
  await second.close();
});
