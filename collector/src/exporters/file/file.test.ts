import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Batch, protobufToJson, readBatch } from "@venturi/otlp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Lane } from "../../ledger.js";
import { INFLATERS } from "../../net/encodings/inflate.js";
import { type TestHost, testHost } from "../../testing/host.test.fixture.js";
import { logsJson, requestBytes, someSpans, tracesBatch } from "../../testing/telemetry.test.fixture.js";
import { fileExporter } from "./file.js";
import { groupPath } from "./group-by.js";
import { OutputFile } from "./output-file.js";
import { rotate } from "./rotation.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "venturi-file-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Run {
  readonly lane: Lane;
  readonly host: TestHost;
}

/** Writes batches by an exporter of its own, from its start to its shutdown. */
async function write(config: object, batches: readonly Batch[]): Promise<Run> {
  const host = testHost("exporter", "file");
  const lane = new Lane();
  const exporter = fileExporter.create(fileExporter.schema.parse(config), host);
  await exporter.start();
  for (const batch of batches) {
    lane.entered += batch.itemCount;
    expect(await exporter.consumer(batch.signal, lane).consume(batch)).toBeUndefined();
  }
  await exporter.shutdown();
  return { lane, host };
}

const jsonOf = (batch: Batch): unknown => protobufToJson(batch.signal, Buffer.concat(batch.slices));
const spans = someSpans(3);
const logs = readBatch("logs", requestBytes("logs", logsJson(["a", "b"])));

/** Messages behind their lengths. */
function split(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    messages.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return messages;
}

const unzstd = (body: Buffer): Promise<Buffer> =>
  (INFLATERS.get("zstd") as NonNullable<ReturnType<typeof INFLATERS.get>>)(body, 1_000_000);

describe("formats", () => {
  test("json is a request a line, whatever its signal", async () => {
    const path = join(folder, "all.json");
    const { lane } = await write({ path }, [spans, logs]);
    const lines = (await readFile(path, "utf8")).split("\n");
    expect(lines.length).toBe(3);
    expect(lines.slice(0, 2).map((line) => JSON.parse(line) as unknown)).toEqual([jsonOf(spans), jsonOf(logs)]);
    expect(lane).toMatchObject({ sent: 5, inside: 0 });
  });

  test("proto stands behind its length", async () => {
    const path = join(folder, "all.bin");
    await write({ path, format: "proto" }, [spans, logs]);
    expect(split(await readFile(path))).toEqual([spans, logs].map((batch) => Buffer.concat(batch.slices)));
  });

  test.each(["json", "proto"])("%s, compressed message by message", async (format) => {
    const path = join(folder, `${format}.zst`);
    await write({ path, format, compression: "zstd", compression_params: { level: 3 } }, [spans, logs]);
    const messages = await Promise.all(split(await readFile(path)).map(unzstd));
    const expected = [spans, logs].map((batch) =>
      format === "json" ? Buffer.from(JSON.stringify(jsonOf(batch))) : Buffer.concat(batch.slices),
    );
    expect(messages).toEqual(expected);
  });
});

test("a file is truncated, or appended to", async () => {
  const path = join(folder, "twice.json");
  for (const append of [false, false, true]) await write({ path, append }, [spans]);
  expect((await readFile(path, "utf8")).split("\n").length).toBe(3);
});

test("messages are written at the flush, or when much is held", async () => {
  const path = join(folder, "flushed.json");
  const lane = new Lane();
  const exporter = fileExporter.create(
    fileExporter.schema.parse({ path, flush_interval: "300ms" }),
    testHost("exporter", "file"),
  );
  await exporter.start();
  const consumer = exporter.consumer("traces", lane);
  lane.entered += 3;
  await consumer.consume(spans);
  expect(lane.sent).toBe(0);
  while ((await stat(path)).size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(lane.sent).toBe(3);
  const many = someSpans(500);
  lane.entered += 500;
  await consumer.consume(many);
  expect(lane.sent).toBe(503);
  await exporter.shutdown();
});

test("folders are made when asked for, else the start fails with one line", async () => {
  const path = join(folder, "new/er/a.json");
  await expect(write({ path }, [])).rejects.toThrow(/^cannot start exporter "file": cannot open .*ENOENT/);
  await write({ path, create_directory: true, directory_permissions: "0700" }, [spans]);
  expect((await stat(join(folder, "new"))).mode & 0o777).toBe(0o700);
});

describe("rotation", () => {
  test("a full file is moved aside, nothing is lost, old ones go", async () => {
    const inner = join(folder, "rotated");
    await mkdir(inner);
    const path = join(inner, "data.json");
    await writeFile(join(inner, "data-2020-01-01T00-00-00.000-size.json"), "old");
    await writeFile(join(inner, "data-notes.json"), "kept");
    // A megabyte is 1 MiB; each message is a third of that.
    const big = tracesBatch([{ attributes: { text: "x".repeat(350_000) } }]);
    const { lane } = await write({ path, rotation: { max_megabytes: 1, max_days: 30 } }, Array(7).fill(big));
    const names = (await readdir(inner)).sort();
    const backups = names.filter((name) => /^data-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}-size\.json$/.test(name));
    expect(names.length).toBe(backups.length + 2);
    expect(names).toContain("data-notes.json");
    const texts = await Promise.all([...backups, "data.json"].map((name) => readFile(join(inner, name), "utf8")));
    expect(texts.every((text) => text.length <= 1024 * 1024)).toBe(true);
    expect(texts.join("").split("\n").length).toBe(8);
    expect(lane.sent).toBe(7);
  });

  test("the newest max_backups stay", async () => {
    const inner = join(folder, "backups");
    await mkdir(inner);
    const path = join(inner, "a.bin");
    const config = fileExporter.schema.parse({ path, rotation: { max_backups: 2 } }).rotation;
    for (let day = 1; day <= 4; day++) {
      await writeFile(path, String(day));
      rotate(path, config as NonNullable<typeof config>, new Date(Date.UTC(2026, 0, day)));
    }
    expect((await readdir(inner)).sort()).toEqual([
      "a-2026-01-03T00-00-00.000-size.bin",
      "a-2026-01-04T00-00-00.000-size.bin",
    ]);
  });
});

describe("group_by", () => {
  test("each resource goes to the file of its attribute; few are open at a time", async () => {
    const path = join(folder, "tenants/*.json");
    const batch = tracesBatch(
      ["a", "b/c", "a", undefined, "../../up"].map((tenant) => (tenant === undefined ? {} : { resource: { tenant } })),
    );
    const config = { path, group_by: { enabled: true, resource_attribute: "tenant", max_open_files: 1 } };
    const { lane } = await write(config, [batch, batch]);
    const linesOf = async (name: string) => (await readFile(join(folder, "tenants", name), "utf8")).trim().split("\n");
    for (const name of ["a.json", "b/c.json", "up.json"]) expect((await linesOf(name)).length).toBe(2);
    const [first] = await linesOf("a.json");
    expect((JSON.parse(first as string) as { resourceSpans: unknown[] }).resourceSpans.length).toBe(2);
    expect(lane).toMatchObject({ sent: 8, inside: 0 });
    expect(Object.fromEntries(lane.dropped)).toEqual({ no_path_segment: 2 });
  });

  test.each([
    ["/data/*.json", "x", "/data/x.json"],
    ["/data/*.json", "../etc/x", "/data/etc/x.json"],
    ["/data/*.json", "a/../../../etc/x", "/data/etc/x.json"],
    ["/data/*", "./x", "/data/x"],
    ["/data/pre*", "x/y", "/data/prex/y"],
    ["./data/*", "x\0/../../y", "data/y"],
  ])("%s with %s is %s", (template, segment, path) => {
    expect(groupPath(template, segment)).toBe(path);
  });
});

test("a disk that takes nothing leaves messages held, whole and in order; then senders are refused", async () => {
  // Writing to it fails with ENOSPC, always.
  const full = new OutputFile("/dev/full", { append: true, rotation: undefined });
  const fates: boolean[] = [];
  full.add(Buffer.from("one\n"), (isWritten) => fates.push(isWritten));
  expect(() => full.flush()).toThrow(/ENOSPC/);
  expect([full.heldBytes, fates]).toEqual([4, []]);
  expect(() => full.close()).toThrow(/ENOSPC/);
  expect(fates).toEqual([false]);

  const host = testHost("exporter", "file");
  const lane = new Lane();
  const exporter = fileExporter.create(fileExporter.schema.parse({ path: "/dev/full", append: true }), host);
  await exporter.start();
  const consumer = exporter.consumer("traces", lane);
  const big = tracesBatch([{ attributes: { text: "x".repeat(6_000_000) } }]);
  const outcomes = [];
  for (let index = 0; index < 4; index++) {
    const outcome = await consumer.consume(big);
    if (outcome === undefined) lane.entered += 1;
    outcomes.push(outcome?.reason);
  }
  expect(outcomes).toEqual([undefined, undefined, undefined, "queue_full"]);
  await exporter.shutdown();
  expect(lane).toMatchObject({ sent: 0, droppedTotal: 3, inside: 0 });
  expect(host.lines.filter((line) => line.includes("cannot write to a file")).length).toBe(1);
});

test.each([
  [{ path: "" }, /non-empty/],
  [{ path: "a", append: true, rotation: null }, /append and rotation/],
  [{ path: "a", directory_permissions: "0755" }, /requires create_directory/],
  [{ path: "a", create_directory: true, directory_permissions: "rwx" }, /octal/],
  [{ path: "a", group_by: { enabled: true } }, /exactly one \*/],
  [{ path: "*a", group_by: { enabled: true } }, /not in front/],
  [{ path: "a", compression: "gzip" }, /zstd/],
  [{ path: "a", encoding: "x" }, /not supported/],
])("%j is refused", (config, message) => {
  const result = fileExporter.schema.safeParse(config);
  expect(result.error?.message).toMatch(message);
});
