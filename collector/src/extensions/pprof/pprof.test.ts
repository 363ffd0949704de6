import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Profile } from "pprof-format";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Extension } from "../../component.js";
import { type TestHost, testHost } from "../../testing/host.test.fixture.js";
import { pprofExtension } from "./pprof.js";

let folder: string;
let host: TestHost;
let extension: Extension;
let base: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "venturi-pprof-"));
  host = testHost("extension", "pprof");
  extension = pprofExtension.create(pprofExtension.schema.parse({ endpoint: "127.0.0.1:0" }), host);
  await extension.start();
  base = `http://${host.addresses[0]}/debug/pprof`;
});
afterAll(async () => {
  await extension.shutdown();
  await rm(folder, { recursive: true });
});

/** Keeps the event loop busy, in slices, until the promise settles. */
async function burn<Value>(until: Promise<Value>): Promise<Value> {
  let isDone = false;
  void until.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    busyWork();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return until;
}

function busyWork(): void {
  const end = performance.now() + 5;
  while (performance.now() < end) Math.sqrt(Math.random());
}

function parse(gzipped: ArrayBuffer | Buffer): { profile: Profile; names: string[]; types: string[] } {
  const profile = Profile.decode(gunzipSync(Buffer.from(gzipped as ArrayBuffer)));
  const text = (index: number | bigint): string => profile.stringTable.strings[Number(index)] ?? "";
  return {
    profile,
    names: profile.function.map((one) => text(one.name)),
    types: profile.sampleType.map((one) => `${text(one.type)}/${text(one.unit)}`),
  };
}

test("a CPU profile names the functions that took the time", async () => {
  // A machine that is busy with other things may leave no sample to this process: then the next profile has one.
  let found: ReturnType<typeof parse>;
  do {
    const answer = await burn(fetch(`${base}/profile?seconds=0.3`));
    found = parse(await answer.arrayBuffer());
  } while (!found.names.includes("busyWork"));
  const { profile, names, types } = found;
  expect(types).toEqual(["samples/count", "cpu/nanoseconds"]);
  expect(names).not.toContain("(idle)");
  const total = profile.sample.reduce((sum, sample) => sum + Number(sample.value[1]), 0);
  expect(total).toBeGreaterThan(0);
  expect(total).toBeLessThanOrEqual(Number(profile.durationNanos));
});

test("Chrome's form on request", async () => {
  const answer = await fetch(`${base}/profile?seconds=0.05&format=cpuprofile`);
  expect(await answer.json()).toHaveProperty("timeDeltas");
});

test("the heap, by where it was allocated", async () => {
  const kept = Array.from({ length: 200 }, (_, index) => ({ text: `${index}`.repeat(50_000) }));
  for (const one of kept) expect(one.text.length).toBeGreaterThan(1000);
  const { types, profile } = parse(await (await fetch(`${base}/heap`)).arrayBuffer());
  expect(types).toEqual(["inuse_space/bytes"]);
  expect(profile.sample.every(({ value }) => Number(value[0]) > 0)).toBe(true);
  expect(await (await fetch(`${base}/heap?format=heapprofile`)).json()).toHaveProperty("head.children");
  expect(kept.length).toBe(200);
});

test.each([
  ["", 200],
  ["/cmdline", 200],
  ["/goroutine", 404],
  ["/profile?seconds=0", 400],
  ["/profile?seconds=100000", 400],
  ["/profile?seconds=x", 400],
])("%s answers %i", async (path, status) => {
  expect((await fetch(`${base}${path}`)).status).toBe(status);
});

test("save_to_file: the whole run in one profile, and no other beside it", async () => {
  const file = join(folder, "run.pprof");
  const config = pprofExtension.schema.parse({ endpoint: "127.0.0.1:0", save_to_file: file });
  const savingHost = testHost("extension", "pprof");
  const saving = pprofExtension.create(config, savingHost);
  await saving.start();
  const busy = await fetch(`http://${savingHost.addresses[0]}/debug/pprof/profile?seconds=1`);
  expect([busy.status, await busy.text()]).toEqual([500, "Could not enable CPU profiling: already in use"]);
  for (let index = 0; index < 20; index++) busyWork();
  await saving.shutdown();
  expect(parse(await readFile(file)).names).toContain("busyWork");
  const lost = pprofExtension.create({ ...config, save_to_file: "/no/such/folder/x" }, testHost("extension", "pprof"));
  await expect(lost.start()).rejects.toThrow(/cannot write to save_to_file/);
  await lost.shutdown();
});
