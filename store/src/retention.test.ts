import { join } from "node:path";
import { parseSelector } from "@venturi/promql";
import { expect, test } from "vitest";
import { Database } from "./database/database.js";
import { IngestStats } from "./ingest/ingest-stats.js";
import { WriteBehind } from "./ingest/write-behind.js";
import { mergeRecentChunks } from "./metrics/chunk-merger.js";
import { compactMetrics } from "./metrics/metric-compactor.js";
import { MetricStore } from "./metrics/metric-store.js";
import { Retention } from "./retention.js";
import { AttributeJson } from "./spans/attribute-json.js";
import { Resources } from "./spans/resources.js";
import { temporaryDirectory } from "./testing/test-store.js";

async function open() {
  const database = await Database.open({ path: join(await temporaryDirectory(), "store.duckdb") });
  const metrics = new MetricStore(database, new IngestStats(), {
    retentionMs: Number.POSITIVE_INFINITY,
    maxSeries: 10_000,
    now: () => 0,
  });
  const writes = new WriteBehind(database, 1n, { flushIntervalMs: 60_000, maxPendingBytes: 1e9, log: () => undefined });
  const retention = new Retention(database, metrics, writes, new Resources(new AttributeJson(), 1));
  const append = (host: number, timeMs: number, value: number): void => {
    metrics.append(
      [
        ["__name__", "load"],
        ["host", `h${host}`],
      ],
      timeMs,
      value,
      false,
      writes.pending,
    );
  };
  const close = async (): Promise<void> => {
    writes.stop();
    await database.close();
  };
  return { database, metrics, writes, retention, append, close };
}

async function count(database: Database, table: string): Promise<number> {
  const [row] = await database.read(`SELECT count(*)::INTEGER AS count FROM ${table}`);
  return Number(row?.count);
}

test("short chunks are joined into long ones, and queries see every sample once throughout", async () => {
  const store = await open();
  for (let window = 0; window < 6; window++) {
    for (let host = 0; host < 20; host++) {
      for (let index = 0; index < 30; index++) {
        const timeMs = window * 1000 + index * 30;
        store.append(host, timeMs, timeMs + host);
      }
    }
    await compactMetrics(store.database, store.metrics, store.writes, Number.POSITIVE_INFINITY);
  }
  expect(await count(store.database, "metric_recent_chunks")).toBe(120);
  const expected = await store.metrics.select(parseSelector("load"), 0, 10_000);
  expect(expected.reduce((sum, series) => sum + series.values.length, 0)).toBe(20 * 180);

  const merging = mergeRecentChunks(store.database, 5000);
  expect(await store.metrics.select(parseSelector("load"), 0, 10_000)).toEqual(expected);
  await merging;
  expect(await count(store.database, "metric_recent_chunks")).toBe(20);
  expect(await count(store.database, "metric_chunks")).toBe(20);
  expect(await store.metrics.select(parseSelector("load"), 0, 10_000)).toEqual(expected);
  await store.close();
});

test("a file that has grown too large forgets its oldest telemetry and stops growing", async () => {
  const store = await open();
  const hour = 3_600_000;
  const limit = 16 * 1024 * 1024;
  const sizes: number[] = [];
  for (let round = 1; round <= 8; round++) {
    await store.database.transaction({
      statements: [
        [
          `INSERT INTO logs SELECT ($1 + i) * 1000000, hex(hash(i + $1)), NULL, 'svc', 9, 'INFO', hex(hash(i * 7 + $1)), '{}', 1, ''
           FROM range(122880) AS r(i)`,
          [BigInt(round * hour)],
        ],
      ],
    });
    await store.retention.limitBytes(limit, (round + 1) * hour);
    const { usedBytes, freeBytes } = await store.database.usage();
    sizes.push(usedBytes + freeBytes);
    expect(usedBytes).toBeLessThanOrEqual(limit);
  }
  const [row] = await store.database.read(
    "SELECT min(time_ns)::DOUBLE AS oldest, max(time_ns)::DOUBLE AS newest FROM logs",
  );
  expect(Number(row?.newest)).toBeGreaterThan(8 * hour * 1e6);
  expect(Number(row?.oldest)).toBeGreaterThanOrEqual(4 * hour * 1e6);
  // Blocks of what was deleted are used again.
  expect(Math.max(...sizes.slice(-3))).toBeLessThan(2 * limit);
  await store.close();
});
