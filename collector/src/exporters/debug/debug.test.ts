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
  const [traces, metrics, logs] = lines({ verbosity: "normal", sampling_initial: 9 });
  expect(traces).toContain("a\\nb 00000000000000000000000000000001 0000000000000001 k=v");
  expect(metrics).toContain("depth{1.5}");
  expect(logs).toContain("hello | again");
});

test("detailed shows everything", () => {
  expect(lines({ verbosity: "detailed", sampling_initial: 9 })[0]).toContain(
    '"traceId":"00000000000000000000000000000001"',
  );
});

test("many batches are sampled", () => {
  expect(lines({ sampling_initial: 2, sampling_thereafter: 0 }, 10).length).toBeLessThanOrEqual(4);
});
