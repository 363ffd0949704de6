import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { QueueLog } from "./queue-log.js";
import type { Recovery } from "./recover.js";
import type { StoredBatch } from "./stored-batch.js";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "venturi-queue-"));
  folders.push(folder);
  return folder;
}

const text = (batch: StoredBatch, log: QueueLog) => Buffer.from(log.read(batch) ?? "damaged").toString();
const turn = () => new Promise((resolve) => setImmediate(resolve));
const segments = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".queue"))
    .sort();
const append = (log: QueueLog, body: string) => log.append("traces", body.length, Buffer.from(body));

/** As a process that was killed: nothing is closed, another one opens the folder. */
function reopen(folder: string, segmentBytes?: number): { log: QueueLog; found: Recovery } {
  const log = new QueueLog(folder, segmentBytes === undefined ? {} : { segmentBytes });
  return { log, found: log.open() };
}

test("what was appended and not done is found again, in order, with its pipeline", async () => {
  const folder = newFolder();
  const { log } = reopen(folder);
  const batches = ["a", "bb", "ccc", "dddd"].map((body) => append(log, body));
  log.append("traces/ü", 7, Buffer.from("other"));
  log.done(batches[1] as StoredBatch);
  await turn();
  const { log: next, found } = reopen(folder);
  expect(found.batches.map((one) => [one.seq, one.items, one.pipeline, text(one, next)])).toEqual([
    [1, 1, "traces", "a"],
    [3, 3, "traces", "ccc"],
    [4, 4, "traces", "dddd"],
    [5, 7, "traces/ü", "other"],
  ]);
  expect([found.lost, found.damages]).toEqual([{ batches: 0, items: 0 }, []]);
  expect(append(next, "e").seq).toBe(6);
});

test("segments go when everything in them is done, and an orderly end leaves only what is not", async () => {
  const folder = newFolder();
  const { log } = reopen(folder, 200);
  const batches = Array.from({ length: 6 }, (_, index) => append(log, String(index).repeat(100)));
  expect(segments(folder).length).toBe(6);
  for (const batch of batches.slice(0, 4)) log.done(batch);
  await turn();
  expect(segments(folder).slice(0, 2)).toEqual(["000000000005.queue", "000000000006.queue"]);
  for (const batch of batches.slice(4)) log.done(batch);
  log.close();
  expect(segments(folder)).toEqual([]);
});

test("one batch that nobody takes does not keep the files of all that came after it", async () => {
  const folder = newFolder();
  const { log } = reopen(folder, 1000);
  const stuck = append(log, "stuck");
  for (let index = 0; index < 200; index++) {
    log.done(append(log, "x".repeat(500)));
    await turn();
  }
  expect(log.fileBytes).toBeLessThan(4000);
  expect(text(stuck, log)).toBe("stuck");
  const { found, log: next } = reopen(folder, 1000);
  expect(found.batches.map((one) => text(one, next))).toEqual(["stuck"]);
  expect(found.lost.items).toBe(0);
});

test("a batch cut off at the end is named and counted, what was before it is there", () => {
  const folder = newFolder();
  const { log } = reopen(folder);
  append(log, "kept");
  append(log, "cut off");
  const path = join(folder, segments(folder)[0] as string);
  truncateSync(path, readFileSync(path).length - 3);
  const { log: next, found } = reopen(folder);
  expect(found.batches.map((one) => text(one, next))).toEqual(["kept"]);
  expect(found.lost).toEqual({ batches: 1, items: 7 });
  expect(found.damages.join()).toContain("7 items");
  expect(append(next, "later").seq).toBe(3);
});

test("damaged bytes in the middle cost the batches that they hit, and the count of their items is exact", async () => {
  const folder = newFolder();
  const { log } = reopen(folder);
  const batches = ["one", "two22", "three33", "four", "five5"].map((body) => append(log, body));
  log.done(batches[2] as StoredBatch);
  await turn();
  const path = join(folder, segments(folder)[0] as string);
  const bytes = readFileSync(path);
  // From the header of the second to that of the fourth: the third is done, so the second and fourth are lost.
  bytes.fill(0xff, (batches[1] as StoredBatch).offset - 40, (batches[3] as StoredBatch).offset - 10);
  writeFileSync(path, bytes);
  const { log: next, found } = reopen(folder);
  expect(found.batches.map((one) => text(one, next))).toEqual(["one", "five5"]);
  expect(found.lost).toEqual({ batches: 2, items: "two22".length + "four".length });
  expect(found.damages.length).toBe(1);
});

test("a damaged payload is found when it is read", () => {
  const folder = newFolder();
  const { log } = reopen(folder);
  const batch = append(log, "payload");
  const path = join(folder, segments(folder)[0] as string);
  const bytes = readFileSync(path);
  bytes[batch.offset + 8] = (bytes[batch.offset + 8] as number) ^ 1;
  writeFileSync(path, bytes);
  const { log: next, found } = reopen(folder);
  expect(found.batches.map((one) => text(one, next))).toEqual(["damaged"]);
});

test("any damage anywhere: no crash, and nothing is delivered that was not written", () => {
  let seed = 20_261_125;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let round = 0; round < 150; round++) {
    const folder = newFolder();
    const { log } = reopen(folder, 400);
    const bodies = Array.from({ length: 12 }, (_, index) => `${index}:`.padEnd(10 + random(120), "y"));
    for (const body of bodies) append(log, body);
    for (const name of segments(folder)) {
      const path = join(folder, name);
      const bytes = readFileSync(path);
      for (let hits = random(3); hits > 0; hits--) {
        const at = random(bytes.length);
        bytes.fill(random(256), at, Math.min(bytes.length, at + 1 + random(60)));
      }
      writeFileSync(path, bytes.subarray(0, random(4) === 0 ? random(bytes.length) : bytes.length));
    }
    const { log: next, found } = reopen(folder, 400);
    const read = found.batches.map((one) => text(one, next));
    for (const body of read) if (body !== "damaged") expect(bodies).toContain(body);
    expect(read.length + found.lost.batches).toBeLessThanOrEqual(bodies.length);
    append(next, "goes on");
    next.close();
  }
});

test("sync covers every append before it", async () => {
  const { log } = reopen(newFolder(), 100);
  const rounds = Array.from({ length: 20 }, () => {
    append(log, "z".repeat(90));
    return log.sync();
  });
  await Promise.all(rounds);
  expect(new Set(rounds).size).toBeLessThan(20);
});
