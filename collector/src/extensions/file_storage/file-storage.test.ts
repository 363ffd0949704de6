import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Extension, Storage } from "../../component.js";
import type { ComponentId } from "../../config/component-id.js";
import { testHost } from "../../testing/host.test.fixture.js";
import { schema } from "./config.js";
import { fileStorageExtension } from "./file-storage.js";
import { lockFolder } from "./folder-lock.js";
import { folderName } from "./folder-name.js";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "venturi-storage-"));
  folders.push(folder);
  return folder;
}

const id = (type: string, name = ""): ComponentId => ({
  kind: "exporter",
  type,
  name,
  text: name === "" ? type : `${type}/${name}`,
});

function build(config: object): Extension & { readonly storage: Storage } {
  const extension = fileStorageExtension.create(schema.parse(config), testHost("extension", "file_storage"));
  if (extension.storage === undefined) throw new Error("no storage");
  return {
    ...extension,
    start: () => extension.start(),
    shutdown: () => extension.shutdown(),
    storage: extension.storage,
  };
}

test("a directory that is not there is refused, unless it may be created", async () => {
  const directory = join(newFolder(), "deep", "er");
  await expect(build({ directory }).start()).rejects.toThrow("does not exist; create it or set create_directory: true");
  const extension = build({ directory, create_directory: true, directory_permissions: "0700", fsync: true });
  await extension.start();
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  const folder = await extension.storage.openFolder(id("otlp_http", "a/b"), "traces");
  expect([folder.fsync, readdirSync(directory)]).toEqual([true, ["exporter_otlp_http_a~002Fb_traces"]]);
  await folder.close();
  const file = join(directory, "file");
  writeFileSync(file, "");
  await expect(build({ directory: file }).start()).rejects.toThrow("is not a directory");
});

test("names cannot leave the directory and never meet", () => {
  expect(folderName(id("otlp", "../../etc"), "logs")).toBe("exporter_otlp_..~002F..~002Fetc_logs");
  expect(folderName(id("otlp", "a~002F"), "x")).not.toBe(folderName(id("otlp", "a/"), "x"));
  expect(folderName(id("otlp", "n".repeat(300)), "x")).toMatch(/^[0-9a-f]{64}$/);
});

test("a folder has one owner at a time", async () => {
  const directory = newFolder();
  const extension = build({ directory, timeout: "60ms" });
  await extension.start();
  const first = await extension.storage.openFolder(id("otlp"), "traces");
  await expect(extension.storage.openFolder(id("otlp"), "traces")).rejects.toThrow("is in use by another process");
  const waiting = build({ directory, timeout: "5s" }).storage.openFolder(id("otlp"), "traces");
  await first.close();
  await (await waiting).close();
});

test("the lock of a living process is respected, that of a dead one is taken over", async () => {
  const folder = newFolder();
  const sleeper = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"]);
  const lock = join(folder, "lock");
  try {
    writeFileSync(lock, JSON.stringify({ pid: sleeper.pid }));
    expect(await lockFolder(folder, 0)).toBeUndefined();
    // The number was given to another process meanwhile.
    writeFileSync(lock, JSON.stringify({ pid: sleeper.pid, started: "1" }));
    await (await lockFolder(folder, 0))?.();
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(lock, JSON.stringify({ pid: sleeper.pid }));
  } finally {
    sleeper.kill("SIGKILL");
    await once(sleeper, "exit");
  }
  for (const left of [undefined, JSON.stringify({ pid: process.pid }), "half a lo"]) {
    if (left !== undefined) writeFileSync(lock, left);
    const unlock = await lockFolder(folder, 0);
    expect(unlock).toBeDefined();
    await unlock?.();
  }
});
