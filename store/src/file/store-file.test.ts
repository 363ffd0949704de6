import { existsSync } from "node:fs";
import { copyFile, open, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, test } from "vitest";
import { defaultSqlLimits as limits } from "../database/read-only-sql.js";
import { spansOf, type TestSpan } from "../testing/otlp-json.js";
import { postRemoteWrite } from "../testing/remote-write-bytes.js";
import { servedStore, temporaryDirectory } from "../testing/test-store.js";
import { controlPath } from "./control-path.js";
import { exportParquet, openStoreFile } from "./store-file.js";

function span(number: number): TestSpan {
  const spanId = (number + 1).toString(16).padStart(16, "0");
  return { traceId: spanId.padStart(32, "0"), spanId, name: "op", startMs: Date.now(), durationMs: 5 };
}

/** A served store on disk with 100 spans and 10 samples. */
async function filledStore() {
  const path = join(await temporaryDirectory(), "store.duckdb");
  const { store, url } = await servedStore({ path });
  await store.write(
    spansOf(
      "gateway",
      Array.from({ length: 100 }, (_, index) => span(index)),
    ),
  );
  const nowMs = Date.now();
  const samples = Array.from({ length: 10 }, (_, index) => [nowMs - 10_000 + index * 1000, index] as const);
  await postRemoteWrite(url, [{ labels: { __name__: "load" }, samples }]);
  return { path, store };
}

describe("a store that a process has open", () => {
  test("answers SQL with everything that was accepted before", async () => {
    const { path } = await filledStore();
    const file = await openStoreFile(path);
    expect(file.isRunning).toBe(true);
    const answer = await file.sql("SELECT service, count(*) AS spans FROM spans GROUP BY service", limits);
    expect(answer).toEqual({
      columns: ["service", "spans"],
      types: ["VARCHAR", "BIGINT"],
      rows: [["gateway", "100"]],
      isTruncated: false,
    });
    const few = await file.sql("SELECT span_id FROM spans", { ...limits, maxRows: 3 });
    expect([few.rows.length, few.isTruncated]).toEqual([3, true]);
  });

  const refused: [sql: string, reason: RegExp][] = [
    ["DELETE FROM spans", /only SELECT is allowed, this is DELETE/],
    ["SELECT 1; SELECT 2", /it is 2 statements; send one/],
    ["SET memory_limit='1GB'", /only SELECT is allowed, this is SET/],
    ["SELECT * FROM read_text('/etc/hostname')", /disabled/],
    ["ATTACH 'x.db'", /only SELECT is allowed/],
    ["SELEC", /syntax error/],
    ["SELECT nothing FROM spans", /nothing/],
  ];
  test("refuses whatever does more than reading, and lives on", async () => {
    const { path } = await filledStore();
    const file = await openStoreFile(path);
    for (const [sql, reason] of refused) await expect(file.sql(sql, limits), sql).rejects.toThrow(reason);
    expect((await file.sql("SELECT count(*)::INTEGER FROM spans", limits)).rows).toEqual([[100]]);
  });

  test("a query that takes too long is ended", async () => {
    const { path } = await filledStore();
    const file = await openStoreFile(path);
    const endless = "SELECT count(*) FROM range(1000000000000) a WHERE a.range % 7 = 8";
    await expect(file.sql(endless, { maxRows: 1, timeoutMs: 100 })).rejects.toThrow("it took longer than 0.1 s");
  });

  test("can be backed up and verified while it is written to", async () => {
    const { path, store } = await filledStore();
    const file = await openStoreFile(path);
    const target = join(await temporaryDirectory(), "backup.duckdb");
    const [bytes] = await Promise.all([file.backup(target), store.write(spansOf("late", [span(1000)]))]);
    expect(bytes).toBe((await stat(target)).size);
    await expect(file.backup(target)).rejects.toThrow(`cannot write ${target}: it exists already`);
    expect(await file.verify()).toMatchObject({ problems: [], rows: { spans: 101, metric_series: 1 }, samples: 10 });

    const copy = await openStoreFile(target);
    expect(copy.isRunning).toBe(false);
    const verified = await copy.verify();
    expect(verified).toMatchObject({ problems: [], samples: 10 });
    expect(verified.rows.spans).toBeGreaterThanOrEqual(100);
    await copy.close();
  });

  test("any table goes to Parquet", async () => {
    const { path } = await filledStore();
    const target = join(await temporaryDirectory(), "it's.parquet");
    expect(await exportParquet(path, "spans", target)).toBe(100);
    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    const read = await connection.runAndReadAll("SELECT count(*)::INTEGER FROM read_parquet($1)", [target]);
    expect(read.getRows()).toEqual([[100]]);
    instance.closeSync();
    await expect(exportParquet(path, "spans", target)).rejects.toThrow("it exists already");
    await expect(exportParquet(path, "passwords", "x.parquet")).rejects.toThrow('there is no table "passwords"');
  });
});

test("a closed store answers the same, its socket is gone", async () => {
  const { path, store } = await filledStore();
  await store.close();
  expect(existsSync(controlPath(path))).toBe(false);
  const file = await openStoreFile(path);
  expect(file.isRunning).toBe(false);
  expect((await file.sql("SELECT count(*)::INTEGER FROM spans", limits)).rows).toEqual([[100]]);
  await expect(file.sql("DELETE FROM spans", limits)).rejects.toThrow("only SELECT is allowed");
  expect(await file.verify()).toMatchObject({ problems: [], samples: 10 });
  const target = join(await temporaryDirectory(), "backup.duckdb");
  await file.backup(target);
  await file.close();
  expect(await exportParquet(target, "metric_recent_chunks", `${target}.parquet`)).toBe(1);
});

test("verification finds damage", async () => {
  const { path, store } = await filledStore();
  await store.close();
  const damaged = join(await temporaryDirectory(), "damaged.duckdb");
  await copyFile(path, damaged);
  const handle = await open(damaged, "r+");
  const { size } = await handle.stat();
  // Everything beyond the three headers, in every block.
  for (let at = 20_000; at < size; at += 4096) await handle.write(Buffer.from("damage"), 0, 6, at);
  await handle.close();
  const problems = await openStoreFile(damaged).then(
    async (file) => {
      const found = (await file.verify()).problems;
      await file.close();
      return found;
    },
    (error: Error) => [error.message],
  );
  expect(problems.join("\n")).toMatch(/checksum|Corrupt|cannot/i);
});

test("one clear line when there is no store", async () => {
  const directory = await temporaryDirectory();
  const missing = join(directory, "missing.duckdb");
  await expect(openStoreFile(missing)).rejects.toThrow(`cannot open store "${missing}": there is no such file`);
  const text = join(directory, "text.duckdb");
  await writeFile(text, "not a store ".repeat(2000));
  await expect(openStoreFile(text)).rejects.toThrow(/the file is not a Venturi store; choose another path$/);
});
