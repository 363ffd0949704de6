import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startChild } from "./support/child.js";
import { cleanup } from "./support/cleanup.js";
import { eventually } from "./support/eventually.js";
import { writeRequestBytes, writeRequestV2Bytes, writeV1, writeV2 } from "./support/prometheus-api/corpus.js";
import { exchange, get } from "./support/prometheus-api/exchange.js";
import { root } from "./support/venturi.js";

const { openStoreFile, defaultSqlLimits } = (await import(
  join(root, "store/dist/index.js")
)) as typeof import("../../store/dist/index.js");

const { defer, temporaryFolder } = cleanup();

const server = join(root, "tests/dist/support/store-server.js");
const seriesPerRequest = 3000;
const writer = join(root, "tests/dist/support/crash-writer.js");

test("a disk that takes no more: writes are refused, queries go on, and what was acknowledged is there", async () => {
  const path = join(await temporaryFolder(), "store.duckdb");
  // A limit on the size of files stands in for a full disk: the write fails the same way, and no root is needed.
  const limited = `trap '' XFSZ; ulimit -f 2048; exec "$0" "$@"`;
  const child = startChild("/bin/bash", ["-c", limited, process.execPath, writer, path, "1"]);
  defer(() => child.stop("SIGKILL"));
  await child.waitForOutput(/^refused cannot write to the store: .*too large/m);

  const running = await openStoreFile(path).then((file) =>
    file.sql("SELECT count(*)::INTEGER FROM spans", defaultSqlLimits),
  );
  const visible = Number(running.rows[0]?.[0]);
  expect(visible).toBeGreaterThan(1000);
  await child.stop("SIGKILL");

  const flushed = Number(Array.from(child.output().matchAll(/^flushed (\d+)$/gm)).at(-1)?.[1]);
  const file = await openStoreFile(path);
  expect((await file.verify()).problems).toEqual([]);
  const [[count] = []] = (await file.sql("SELECT count(*)::INTEGER FROM spans", defaultSqlLimits)).rows;
  await file.close();
  expect(Number(count)).toBeGreaterThanOrEqual(flushed * 100);
  expect(Number(count)).toBeGreaterThanOrEqual(visible);

  // With room again, writing goes on where it stopped.
  const again = startChild(process.execPath, [writer, path, "1000000"]);
  defer(() => again.stop("SIGKILL"));
  await again.waitForOutput(/^flushed 1000000$/m);
});

test("over HTTP a full disk is 503 for remote write and OTLP, queries see all that was taken, and room ends it", async () => {
  const path = join(await temporaryFolder(), "store.duckdb");
  // The soft limit alone, so that it can be lifted later.
  const limited = `trap '' XFSZ; ulimit -Sf 2048; exec "$0" "$@"`;
  const child = startChild("/bin/bash", ["-c", limited, process.execPath, server, path]);
  defer(() => child.stop("SIGKILL"));
  const url = (await child.waitForOutput(/^listening (\S+)$/m))[1] ?? "";
  const firstMs = Date.now() - 1_800_000;
  const series = (at: number) =>
    Array.from({ length: seriesPerRequest }, (_, host) => ({
      labels: { __name__: "filling", host: String(host) },
      samples: [[firstMs + at, Math.sin(at * seriesPerRequest + host)] as const],
    }));
  const write = async (at: number): Promise<number> =>
    (
      await exchange(
        url,
        at % 2 === 0 ? writeV1(writeRequestBytes(series(at))) : writeV2(writeRequestV2Bytes(series(at))),
      )
    ).status;

  let accepted = 0;
  let asked = 0;
  // Which request takes its turn at a new attempt is a matter of time, so one may still be taken: both versions are refused.
  for (const refused = new Set<number>(); refused.size < 2; asked++) {
    const status = await write(asked);
    if (status === 204) accepted++;
    else refused.add(asked % 2);
    if (status !== 204) expect(status).toBe(503);
  }
  const json = { "content-type": "application/json" };
  const otlp = await exchange(url, { method: "POST", path: "/api/v1/otlp/v1/metrics", headers: json, body: "{}" });
  expect(otlp.status).toBe(503);
  expect(otlp.body.toString()).toMatch(/^cannot write to the store: /);

  const counted = async (): Promise<number> => {
    const answer = await exchange(url, get("/api/v1/query", { query: "sum(count_over_time(filling[2h]))" }));
    expect(answer.status).toBe(200);
    return Number(JSON.parse(answer.body.toString()).data.result[0].value[1]);
  };
  expect(await counted()).toBe(accepted * seriesPerRequest);

  await promisify(execFile)("prlimit", ["--pid", String(child.process.pid), "--fsize=unlimited"]);
  await eventually("the store takes writes again", async () => ((await write(asked)) === 204 ? true : undefined));
  expect(await counted()).toBe((accepted + 1) * seriesPerRequest);
  await child.stop();
  const file = await openStoreFile(path);
  expect((await file.verify()).problems).toEqual([]);
  await file.close();
});
