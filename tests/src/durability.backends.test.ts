import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Child, startChild } from "./support/child.js";
import { cleanup } from "./support/cleanup.js";
import { eventually } from "./support/eventually.js";
import { NumberSender, type NumberSink, startNumberSink } from "./support/numbered-spans.js";
import { freePorts } from "./support/ports.js";
import { venturi, venturiMain } from "./support/venturi.js";

const { defer, temporaryFolder } = cleanup();

interface Exit {
  readonly sent: number;
  readonly queued: number;
  readonly recovered: number;
  readonly stored: number;
  readonly dropped: Readonly<Record<string, number>>;
}

interface Books {
  readonly accepted: number;
  readonly balanced: boolean;
  readonly exits: { readonly otlphttp: Exit };
}

interface Setup {
  readonly folder: string;
  readonly sink: NumberSink;
  readonly url: string;
  start(): Promise<Child>;
  books(): Promise<Books>;
}

/** A collector with a persistent queue, in a process of its own, and where it sends to. `limit`: a shell's `ulimit`. */
async function setUp(options: { storage?: string; limit?: string } = {}): Promise<Setup> {
  const folder = await temporaryFolder();
  const sink = await startNumberSink();
  defer(() => sink.close());
  const [port, telemetry] = (await freePorts(2)) as [number, number];
  const file = join(folder, "collector.yaml");
  await writeFile(
    file,
    `
extensions: {file_storage: {directory: "${folder}"}}
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:${port}"}}}}
exporters:
  otlphttp:
    endpoint: "${sink.url}"
    encoding: json
    sending_queue: {queue_size: 100000, storage: ${options.storage ?? "file_storage"}}
    retry_on_failure: {initial_interval: 50ms, max_interval: 200ms, max_elapsed_time: 0}

service:
  extensions: [file_storage]
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${telemetry}}}}}]}}
  pipelines: {traces: {receivers: [otlp], processors: [], exporters: [otlphttp]}}
`,
  );
  return {
    folder,
    sink,
    url: `http://127.0.0.1:${port}`,
    start: async () => {
      const args = ["collector", "--config", file];
      const limited = ["-c", `${options.limit}; exec "$0" "$@"`, process.execPath, venturiMain, ...args];
      const child = options.limit === undefined ? venturi(args) : startChild("/bin/sh", limited);
      defer(() => child.stop("SIGKILL"));
      await child.waitForOutput(/Everything is ready/);
      return child;
    },
    books: async () => {
      const answer = await fetch(`http://127.0.0.1:${telemetry}/ledger`);
      return ((await answer.json()) as { pipelines: [Books] }).pipelines[0];
    },
  };
}

const missing = ({ counts }: NumberSink, acknowledged: readonly number[]): number[] =>
  acknowledged.filter((number) => !counts.has(number));

test("kill -9 under load, five times over: everything acknowledged arrives", async () => {
  const setup = await setUp();
  const sender = new NumberSender(setup.url, 6, 10);
  for (let round = 0; round < 5; round++) {
    // With a destination that takes nothing everything is on disk when the process dies; else some of it is under way.
    setup.sink.status = round % 2 === 0 ? 503 : 200;
    const collector = await setup.start();
    const before = sender.acknowledged.length;
    await eventually("load", async () => (sender.acknowledged.length > before + 2000 ? true : undefined));
    collector.process.kill("SIGKILL");
    await collector.exited;
  }
  const acknowledged = await sender.stop();
  setup.sink.status = 200;
  const last = await setup.start();
  await eventually("the queue is empty", async () =>
    (await setup.books()).exits.otlphttp.queued === 0 ? true : undefined,
  );
  const books = await setup.books();
  expect(missing(setup.sink, acknowledged)).toEqual([]);
  expect(books).toMatchObject({ balanced: true, exits: { otlphttp: { dropped: {} } } });
  expect(books.exits.otlphttp.sent).toBe(books.exits.otlphttp.recovered + books.accepted);
  const duplicates = [...setup.sink.counts.values()].reduce((sum, times) => sum + times - 1, 0);
  console.info(`${acknowledged.length} spans acknowledged, ${duplicates} came twice`);
  await last.stop();
});

test("a full disk is refused with 503, nothing breaks, and there is room again when the destination is back", async () => {
  const setup = await setUp({ limit: "ulimit -f 2048" });
  setup.sink.status = 503;
  const collector = await setup.start();
  const sender = new NumberSender(setup.url, 4, 20);
  await eventually("refusals", async () => ((sender.statuses.get(503) ?? 0) > 50 ? true : undefined));
  await collector.waitForOutput(/cannot write to the persistent queue/);
  const kept = (await setup.books()).exits.otlphttp.queued;
  expect(kept).toBe(sender.acknowledged.length);
  setup.sink.status = 200;
  const before = sender.acknowledged.length;
  await eventually("room", async () => (sender.acknowledged.length > before + 1000 ? true : undefined));
  const acknowledged = await sender.stop();
  await eventually("all arrive", async () => (missing(setup.sink, acknowledged).length === 0 ? true : undefined));
  expect([...sender.statuses.keys()].sort()).toEqual([200, 503]);
  await collector.stop();
  expect(await setup.start().then((again) => again.stop())).toBeUndefined();
});

test("damaged bytes on disk: what they hit is missing, and the books say how much", async () => {
  const setup = await setUp();
  setup.sink.status = 503;
  const first = await setup.start();
  const sender = new NumberSender(setup.url, 4, 10);
  await eventually("load", async () => (sender.acknowledged.length > 3000 ? true : undefined));
  const acknowledged = await sender.stop();
  first.process.kill("SIGKILL");
  await first.exited;
  const queue = join(setup.folder, "exporter_otlphttp__traces");
  const [name] = readdirSync(queue).filter((file) => file.endsWith(".queue"));
  const bytes = readFileSync(join(queue, name as string));
  for (const part of [0.2, 0.5, 0.8]) {
    const from = Math.trunc(bytes.length * part);
    bytes.fill(0, from, from + 10_000);
  }
  writeFileSync(join(queue, name as string), bytes);
  setup.sink.status = 200;
  const second = await setup.start();
  await eventually("the queue is empty", async () =>
    (await setup.books()).exits.otlphttp.queued === 0 ? true : undefined,
  );
  const { balanced, exits } = await setup.books();
  const lost = missing(setup.sink, acknowledged).length;
  expect(lost).toBeGreaterThan(0);
  expect(balanced).toBe(true);
  expect(exits.otlphttp.dropped).toEqual({ corrupt_record: lost });
  expect(exits.otlphttp.recovered).toBe(acknowledged.length);
  expect(second.output()).toMatch(/Persistent queue is damaged/);
  await second.stop();
});

test("an orderly end with a dead destination leaves everything on disk, at once", async () => {
  const setup = await setUp();
  setup.sink.status = 503;
  const first = await setup.start();
  const sender = new NumberSender(setup.url, 2, 10);
  await eventually("load", async () => (sender.acknowledged.length > 500 ? true : undefined));
  const acknowledged = await sender.stop();
  first.process.kill("SIGTERM");
  expect(await first.exited).toBe(0);
  expect(first.output()).toContain(`on disk ${acknowledged.length}`);
  setup.sink.status = 200;
  const second = await setup.start();
  await eventually("all arrive", async () => (missing(setup.sink, acknowledged).length === 0 ? true : undefined));
  await second.stop();
  expect(second.output()).toContain(`recovered ${acknowledged.length}, sent ${acknowledged.length}`);
});

test("a second signal ends a drain at once", async () => {
  const setup = await setUp({ storage: "null" });
  setup.sink.status = 503;
  const collector = await setup.start();
  const sender = new NumberSender(setup.url, 1, 1);
  await eventually("load", async () => (sender.acknowledged.length > 1 ? true : undefined));
  await sender.stop();
  collector.process.kill("SIGTERM");
  await collector.waitForOutput(/Starting shutdown/);
  collector.process.kill("SIGTERM");
  await collector.exited;
  expect(collector.process.signalCode).toBe("SIGKILL");
});
