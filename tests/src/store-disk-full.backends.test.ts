import { join } from "node:path";
import { expect, test } from "vitest";
import { startChild } from "./support/child.js";
import { cleanup } from "./support/cleanup.js";
import { root } from "./support/venturi.js";

const { openStoreFile, defaultSqlLimits } = (await import(
  join(root, "store/dist/index.js")
)) as typeof import("../../store/dist/index.js");

const { defer, temporaryFolder } = cleanup();

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
