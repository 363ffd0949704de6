import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Batch } from "@venturi/otlp";
import { afterEach, expect, test } from "vitest";
import type { Outcome } from "../../component.js";
import { Lane } from "../../ledger.js";
import { bytesOf } from "../../net/wire-cache.js";
import { type TestHost, testHost } from "../../testing/host.test.fixture.js";
import { someSpans } from "../../testing/telemetry.test.fixture.js";
import { DELIVERED, type Push } from "../delivery.js";
import { ExportError } from "../export-error.js";
import { queueSchema, retrySchema } from "../queue-config.js";
import { QueuedExporter } from "../queued-exporter.js";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "venturi-queue-"));
  folders.push(folder);
  return folder;
}

interface Life {
  readonly exporter: QueuedExporter;
  readonly lane: Lane;
  readonly host: TestHost;
  readonly offer: (batch: Batch) => Promise<Outcome>;
}

/** One life of an exporter whose queue is in `path`. */
async function live(path: string, push: Push, queue: object = {}, fsync = false): Promise<Life> {
  const storage = { openFolder: async () => ({ path, fsync, close: async () => {} }) };
  const host = testHost("exporter", "e", { storage: () => storage });
  const exporter = new QueuedExporter({
    queue: queueSchema.parse({ storage: "file_storage", ...queue }),
    retry: retrySchema.parse({ initial_interval: "1ms", max_interval: "2ms", max_elapsed_time: 0 }),
    timeoutMs: 0,
    sender: { push, close: async () => {} },
    host,
  });
  const lane = new Lane("traces");
  const consumer = exporter.consumer("traces", lane);
  await exporter.start();
  const offer = async (batch: Batch): Promise<Outcome> => {
    lane.entered += batch.itemCount;
    const outcome = await consumer.consume(batch);
    if (outcome !== undefined) lane.entered -= batch.itemCount;
    return outcome;
  };
  return { exporter, lane, host, offer };
}

const dead: Push = async () => {
  throw new ExportError("dead", { retryable: true });
};

function collecting(): { push: Push; names: () => string[] } {
  const received: Batch[] = [];
  const push: Push = async (batch) => {
    received.push(batch);
    return DELIVERED;
  };
  // The name of a test span is the last text of that form in its bytes.
  const names = () =>
    received.flatMap(
      (batch) =>
        Buffer.from(bytesOf(batch))
          .toString("latin1")
          .match(/op-\d+;/g) ?? [],
    );
  return { push, names };
}

test.each([false, true])(
  "what a dead destination did not take is on disk at the end, and arrives in the next life (fsync %s)",
  async (fsync) => {
    const path = newFolder();
    const first = await live(path, dead, {}, fsync);
    for (let index = 0; index < 30; index++) expect(await first.offer(someSpans(2, `op-${index};`))).toBeUndefined();
    first.host.startDrain(1000);
    await first.exporter.shutdown();
    expect([first.lane.stored, first.lane.inside, first.lane.droppedTotal]).toEqual([60, 0, 0]);

    const { push, names } = collecting();
    const second = await live(path, push, {}, fsync);
    second.host.startDrain(5000);
    while (second.lane.inside > 0) await new Promise((resolve) => setImmediate(resolve));
    await second.exporter.shutdown();
    expect([second.lane.recovered, second.lane.sent, second.lane.stored, second.lane.inside]).toEqual([60, 60, 0, 0]);
    expect(new Set(names()).size).toBe(30);
    expect(readdirSync(path)).toEqual([]);
  },
);

test("the queue is bounded by its size on disk, and more than the memory's share of it comes back from there", async () => {
  const path = newFolder();
  const large = someSpans(20_000, "op-1;");
  const count = Math.ceil((20 * 1024 * 1024) / large.byteLength);
  const first = await live(path, dead, { queue_size: count, num_consumers: 1 });
  for (let index = 0; index < count; index++) expect(await first.offer(large)).toBeUndefined();
  expect(await first.offer(large)).toMatchObject({ reason: "queue_full", retryable: true });
  first.host.startDrain(0);
  await first.exporter.shutdown();
  let intact = 0;
  const second = await live(path, async (batch) => {
    if (Buffer.compare(bytesOf(batch), bytesOf(large)) === 0) intact++;
    return DELIVERED;
  });
  while (second.lane.inside > 0) await new Promise((resolve) => setImmediate(resolve));
  second.host.startDrain(1000);
  await second.exporter.shutdown();
  expect([intact, second.lane.sent]).toEqual([count, 20_000 * count]);
});

test("a damaged batch is skipped, named in the log and in the books; the others arrive", async () => {
  const path = newFolder();
  const first = await live(path, dead, { num_consumers: 1 });
  for (let index = 0; index < 5; index++) await first.offer(someSpans(3, `op-${index};`));
  first.host.startDrain(0);
  await first.exporter.shutdown();
  const file = join(path, readdirSync(path)[0] as string);
  const bytes = readFileSync(file);
  bytes[bytes.indexOf("op-2")] = 0;
  writeFileSync(file, bytes);
  const { push, names } = collecting();
  const second = await live(path, push);
  while (second.lane.inside > 0) await new Promise((resolve) => setImmediate(resolve));
  second.host.startDrain(1000);
  await second.exporter.shutdown();
  expect([...new Set(names())].sort()).toEqual(["op-0;", "op-1;", "op-3;", "op-4;"]);
  expect([second.lane.recovered, second.lane.sent, Object.fromEntries(second.lane.dropped)]).toEqual([
    15,
    12,
    { corrupt_record: 3 },
  ]);
  expect(second.host.lines.join()).toContain("a batch of the persistent queue is damaged: its checksum is wrong");
});

test("batches that were found count for the pipeline that they came from", async () => {
  const path = newFolder();
  const first = await live(path, dead);
  await first.offer(someSpans(4));
  first.host.startDrain(0);
  await first.exporter.shutdown();
  const storage = { openFolder: async () => ({ path, fsync: false, close: async () => {} }) };
  const host = testHost("exporter", "e", { storage: () => storage });
  const exporter = new QueuedExporter({
    queue: queueSchema.parse({ storage: "file_storage" }),
    retry: retrySchema.parse({}),
    timeoutMs: 0,
    sender: { push: async () => DELIVERED, close: async () => {} },
    host,
  });
  const lanes = [new Lane("traces/other"), new Lane("traces")] as const;
  for (const lane of lanes) exporter.consumer("traces", lane);
  await exporter.start();
  expect(lanes.map((lane) => lane.recovered)).toEqual([0, 4]);
  host.startDrain(1000);
  await exporter.shutdown();
});

test.each([false, true])("an heir takes what its predecessor had in memory to disk (fsync %s)", async (fsync) => {
  const path = newFolder();
  const old = await live(path, dead, { storage: null });
  for (let index = 0; index < 10; index++) await old.offer(someSpans(2, `op-${index};`));
  const { push, names } = collecting();
  const heir = await live(path, push, {}, fsync);
  await old.exporter.handOver?.(heir.exporter);
  while (old.lane.inside > 0) await new Promise((resolve) => setImmediate(resolve));
  expect([old.lane.sent, names().length, new Set(names()).size]).toEqual([20, 20, 10]);
  heir.host.startDrain(1000);
  await heir.exporter.shutdown();
});
