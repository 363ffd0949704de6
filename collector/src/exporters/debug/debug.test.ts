import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readBatch } from "@venturi/otlp";
import { expect, test } from "vitest";
import { Lane } from "../../ledger.js";
import { testHost } from "../../testing/host.test.fixture.js";
import { gaugeJson, logsJson, requestBytes, tracesBatch } from "../../testing/telemetry.test.fixture.js";
import { debugExporter } from "./debug.js";

const batches = {
  traces: tracesBatch([{ name: "a\nb", attributes: { k: "v" } }]),
  metrics: readBatch("metrics", requestBytes("metrics", gaugeJson("depth", 1.5))),
  logs: readBatch("logs", requestBytes("logs", logsJson(["hello", "again"]))),
};

function lines(config: object, times = 1): string[] {
  const host = testHost("exporter", "debug");
  const exporter = debugExporter.create(debugExporter.schema.parse(config), host);
  for (let index = 0; index < times; index++) {
    for (const signal of ["traces", "metrics", "logs"] as const) {
      expect(exporter.consumer(signal, new Lane()).consume(batches[signal])).toBeUndefined();
    }
  }
  return host.lines.map((line) => line.split("\t").slice(1).join(" "));
}

test("basic counts", () => {
  expect(lines({ sampling_initial: 9 })).toEqual([
    'info Traces {"resource spans":1,"spans":1}',
    'info Metrics {"resource metrics":1,"metrics":1,"data points":1}',
    'info Logs {"resource logs":1,"log records":2}',
  ]);
});

test("normal shows each item, on one line", () => {
  const text = lines({ verbosity: "normal", sampling_initial: 9 });
  expect(text).toContain("info a\\nb 00000000000000000000000000000001 0000000000000001 k=v");
  expect(text).toContain("info depth{} 1.5");
  expect(text).toEqual(
    expect.arrayContaining(["info ResourceTraces #0 service.name=shop", "info hello ", "info again "]),
  );
});

test("detailed shows everything", () => {
  const text = lines({ verbosity: "detailed", sampling_initial: 9 });
  for (const line of [
    "    Trace ID       : 00000000000000000000000000000001",
    "    Kind           : Server",
    "     -> k: Str(v)",
  ]) {
    expect(text).toContain(`info ${line}`);
  }
  expect(text).toEqual(expect.arrayContaining(["info Value: 1.500000", "info Body: Str(hello)"]));
});

test("to files, whole; a file that cannot be opened is one line at the start", async () => {
  const folder = await mkdtemp(join(tmpdir(), "venturi-debug-"));
  const path = join(folder, "out.txt");
  const config = debugExporter.schema.parse({ use_internal_logger: false, output_paths: [path] });
  const exporter = debugExporter.create(config, testHost("exporter", "debug"));
  await exporter.start();
  await exporter.consumer("logs", new Lane()).consume(batches.logs);
  await exporter.shutdown();
  expect(await readFile(path, "utf8")).toBe('Logs\t{"resource logs": 1, "log records": 2}\n');
  const lost = { ...config, output_paths: [join(folder, "no/such")] };
  await expect(debugExporter.create(lost, testHost("exporter", "debug")).start()).rejects.toThrow(
    /cannot open .*no\/such/,
  );
  await rm(folder, { recursive: true });
});

test.each([
  [{ output_paths: ["stdout"] }, /not supported when use_internal_logger/],
  [{ use_internal_logger: false, output_paths: [] }, /must not be empty/],
])("%j is refused", (config, message) => {
  expect(debugExporter.schema.safeParse(config).error?.message).toMatch(message);
});

test("many batches are sampled", () => {
  expect(lines({ sampling_initial: 2, sampling_thereafter: 0 }, 10).length).toBeLessThanOrEqual(4);
});
