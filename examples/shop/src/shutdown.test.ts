import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startShop } from "./shop.js";
import { build, isRunning, packageRoot, shopProcessesOf, until } from "./testing/processes.js";

// Each of these starts and stops the whole shop; with all cores busy that takes its time.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

/** Postgres makes its folder here, so that a test sees whether it was removed. */
let temporary: string;

beforeAll(async () => {
  await build();
  temporary = await mkdtemp(join(tmpdir(), "venturi-shutdown-"));
  // For root, Postgres runs as another user, who must be able to pass through.
  await chmod(temporary, 0o711);
});

afterAll(() => rm(temporary, { recursive: true, force: true }));

/** Starts a process that starts the shop; resolves when it says so. */
async function startShopProcess(script: readonly string[]): Promise<ChildProcess> {
  const parent = spawn(process.execPath, script, {
    cwd: packageRoot,
    env: { PATH: process.env.PATH, TMPDIR: temporary, OTEL_SDK_DISABLED: "true" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: parent.stdout! });
  await new Promise<void>((resolve, reject) => {
    lines.on("line", (line) => line.startsWith("try: curl") && resolve());
    parent.once("exit", (code) => reject(new Error(`ended with ${code} before the shop was up`)));
  });
  return parent;
}

async function expectNothingLeft(pids: readonly number[]): Promise<void> {
  expect(pids).toHaveLength(8);
  for (const pid of pids) {
    await until(
      () => isRunning(pid),
      (running) => !running,
    );
  }
  await until(
    () => readdir(temporary),
    (entries) => entries.length === 0,
  );
}

test.each(["SIGINT", "SIGKILL"] as const)("after %s to the parent nothing is left", async (signal) => {
  const parent = await startShopProcess(["dist/main.js"]);
  const pids = await shopProcessesOf(parent.pid!);
  const exited = once(parent, "exit");
  parent.kill(signal);
  expect(await exited).toEqual(signal === "SIGINT" ? [0, null] : [null, "SIGKILL"]);
  await expectNothingLeft(pids);
});

test("a start that fails half-way names the cause and leaves nothing", async () => {
  // Takes connections and closes them at once: no Postgres.
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address() as { port: number };
  const start = startShop({
    otlpEndpoint: "http://127.0.0.1:4318",
    databaseUrl: `postgres://127.0.0.1:${address.port}/none`,
    instrument: false,
  });
  await expect(start).rejects.toThrow(/cannot start (catalog-\d|worker|orders): .*(terminated|reset|closed)/i);
  expect(await shopProcessesOf(process.pid)).toEqual([]);
  server.close();
});
