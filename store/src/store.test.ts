import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openStoreInProcess } from "./server.js";
import { attributes, batchFromJson, spansOf } from "./testing/otlp-json.js";
import { postRemoteWrite } from "./testing/remote-write-bytes.js";
import { servedStore, temporaryDirectory, testStore } from "./testing/test-store.js";

const hour = 3_600_000;

function traceId(number: number): string {
  return number.toString(16).padStart(32, "0");
}

function span(number: number, startMs = Date.now()) {
  const spanId = (number + 1).toString(16).padStart(16, "0");
  return { traceId: traceId(number + 1), spanId, name: `op-${number % 7}`, startMs, durationMs: 5 };
}

describe("store", () => {
  test("opens again with everything after a close", async () => {
    const path = join(await temporaryDirectory(), "store.duckdb");
    const nowMs = Math.floor(Date.now() / 1000) * 1000;
    const first = await servedStore({ path });
    await first.store.write(spansOf("gateway", [span(1)]));
    await first.store.write(
      batchFromJson("logs", {
        resourceLogs: [
          {
            resource: { attributes: attributes({ "service.name": "gateway" }) },
            scopeLogs: [{ logRecords: [{ timeUnixNano: `${nowMs}000000`, body: { stringValue: "hello" } }] }],
          },
        ],
      }),
    );
    const metadata = [{ type: 2, name: "load", help: "Load." }];
    const samples = Array.from({ length: 50 }, (_, index) => [nowMs - 50_000 + index * 1000, index] as const);
    await postRemoteWrite(first.url, [{ labels: { __name__: "load", host: "a" }, samples }], metadata);
    expect(first.store.stats()).toMatchObject({ spans: 1, logRecords: 1, samples: 50, series: 1, dropped: {} });
    await first.store.close();
    await first.store.close();
    await expect(first.store.write(spansOf("x", [span(2)]))).rejects.toThrow("it is closed");

    const second = await servedStore({ path });
    expect((await second.get("/api/services")).body.data).toEqual(["gateway"]);
    const query = `load&start=${nowMs / 1000 - 50}&end=${nowMs / 1000 - 1}&step=1`;
    const values = (await second.get(`/api/v1/query_range?query=${query}`)).body.data.result[0].values;
    expect(values.map(([, value]: [number, string]) => Number(value))).toEqual(samples.map(([, value]) => value));
    expect((await second.get("/api/v1/metadata")).body.data.load).toEqual([{ type: "gauge", unit: "", help: "Load." }]);

    // The newest sample of before still decides what is out of order, and new samples join the stored ones.
    await postRemoteWrite(second.url, [{ labels: { __name__: "load", host: "a" }, samples: [[nowMs - 10_000, 1]] }]);
    expect(second.store.stats().dropped).toEqual({ out_of_order: 1 });
    await postRemoteWrite(second.url, [{ labels: { __name__: "load", host: "a" }, samples: [[nowMs, 99]] }]);
    const count = await second.get("/api/v1/query?query=count_over_time(load[1m])");
    expect(count.body.data.result[0].value[1]).toBe("51");
  });

  test("what was flushed survives a process that is killed", async () => {
    const path = join(await temporaryDirectory(), "store.duckdb");
    const nowMs = Date.now();
    const store = await servedStore({ path });
    await store.store.write(spansOf("gateway", [span(1)]));
    await postRemoteWrite(store.url, [{ labels: { __name__: "load" }, samples: [[nowMs, 4]] }]);
    await store.store.flush();
    // A copy of the files at this moment is what a kill leaves behind.
    const copy = join(await temporaryDirectory(), "copy.duckdb");
    await copyFile(path, copy);
    await copyFile(`${path}.wal`, `${copy}.wal`);
    const after = await servedStore({ path: copy });
    expect((await after.get("/api/services")).body.data).toEqual(["gateway"]);
    expect((await after.get(`/api/v1/query?query=load&time=${nowMs / 1000}`)).body.data.result[0].value[1]).toBe("4");
  });

  test("one clear line when the file cannot be opened", async () => {
    const directory = await temporaryDirectory();
    const path = join(directory, "store.duckdb");
    await testStore({ path });
    await expect(openStoreInProcess({ path })).rejects.toThrow(
      `cannot open store "${path}": this process already has it open`,
    );
    const missing = join(directory, "no", "store.duckdb");
    await expect(openStoreInProcess({ path: missing })).rejects.toThrow(/the directory .*no does not exist$/);
    const text = join(directory, "text.duckdb");
    await writeFile(text, "this is not a database, but it is long enough to look like one. ".repeat(200));
    await expect(openStoreInProcess({ path: text })).rejects.toThrow(
      /the file is not a Venturi store; choose another path$/,
    );
  });

  test("another process that has the file is named", async () => {
    const path = join(await temporaryDirectory(), "store.duckdb");
    const script = `
      import { DuckDBInstance } from "@duckdb/node-api";
      const instance = await DuckDBInstance.create(process.argv[1]);
      const connection = await instance.connect();
      await connection.run("CREATE TABLE t (i INTEGER)");
      console.log("open");
      process.stdin.on("end", () => process.exit(0)).resume();
    `;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script, path], {
      cwd: import.meta.dirname,
      stdio: ["pipe", "pipe", "inherit"],
    });
    try {
      await once(child.stdout, "data");
      const message = `cannot open store "${path}": another process (PID ${child.pid}) has it open; stop that process or choose another path`;
      await expect(openStoreInProcess({ path })).rejects.toThrow(message);
    } finally {
      child.stdin.end();
      await once(child, "exit");
    }
    const store = await testStore({ path });
    expect(store.stats().series).toBe(0);
  });

  test("queries during ingest see every batch that was accepted before them", async () => {
    const { store, url, get } = await servedStore({ flushIntervalMs: 20 });
    const nowMs = Date.now();
    const batches = 40;
    let written = 0;
    const write = async (): Promise<void> => {
      for (let batch = 0; batch < batches; batch++) {
        await store.write(
          spansOf(
            "gateway",
            Array.from({ length: 50 }, (_, index) => span(batch * 50 + index)),
          ),
        );
        await postRemoteWrite(url, [{ labels: { __name__: "load" }, samples: [[nowMs + batch, batch]] }]);
        written = batch + 1;
      }
    };
    const read = async (): Promise<void> => {
      while (written < batches) {
        const before = written;
        const { status, body } = await get("/api/traces?service=gateway&limit=1500");
        expect(status).toBe(200);
        expect(body.data.length).toBeGreaterThanOrEqual(Math.min(1500, before * 50));
        const count = await get(`/api/v1/query?query=count_over_time(load[1h])&time=${nowMs / 1000 + 60}`);
        if (before > 0) expect(Number(count.body.data.result[0].value[1])).toBeGreaterThanOrEqual(before);
      }
    };
    await Promise.all([write(), read()]);
    expect(store.stats()).toMatchObject({ spans: batches * 50, samples: batches, dropped: {} });
  });

  test("forgets what is older than the retention", async () => {
    const path = join(await temporaryDirectory(), "store.duckdb");
    const startMs = Date.now();
    const labels = { __name__: "load" };
    const first = await servedStore({ path, retentionMs: hour });
    await first.store.write(spansOf("old", [span(1, startMs)], { "host.name": "a" }));
    await postRemoteWrite(first.url, [{ labels: { ...labels, host: "old" }, samples: [[startMs, 1]] }]);
    await first.store.close();

    const later = startMs + 2 * hour;
    const second = await servedStore({ path, retentionMs: hour, now: () => later });
    await second.store.write(spansOf("new", [span(2, later)]));
    await postRemoteWrite(second.url, [{ labels: { ...labels, host: "new" }, samples: [[later, 2]] }]);
    await second.store.prune();
    await second.store.prune();
    expect((await second.get("/api/services")).body.data).toEqual(["new"]);
    expect((await second.get("/api/v1/series?match[]=load")).body.data).toEqual([{ ...labels, host: "new" }]);
    expect((await second.get(`/api/traces/${traceId(3)}`)).body.data[0].processes.p1.serviceName).toBe("new");
  });

  test("a port in use is one clear line", async () => {
    const { url, store } = await servedStore();
    const port = Number(new URL(url).port);
    const message = `cannot listen on 127.0.0.1:${port}: the port is in use; stop the other program or choose another port`;
    await expect(store.listen({ port })).rejects.toThrow(message);
  });

  test("every answer carries the security headers, also an error", async () => {
    const { url } = await servedStore();
    for (const path of ["/-/ready", "/nope", "/api/v1/labels", "/api/traces"]) {
      const { headers } = await fetch(url + path);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
    }
  });
});
