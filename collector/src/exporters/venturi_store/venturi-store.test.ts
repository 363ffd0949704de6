import type { Batch } from "@venturi/otlp";
import { expect, test } from "vitest";
import { StartError, type StoreSink } from "../../component.js";
import { addressOf, startTestCollector } from "../../testing/collector.test.fixture.js";
import { tracesBytes } from "../../testing/telemetry.test.fixture.js";

const YAML = `
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}}}}
exporters: {venturi_store: {path: here.db, endpoint: "127.0.0.1:9999", retry_on_failure: {initial_interval: 1ms}}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [venturi_store]}}}
`;

test("the host's store gets the config, every batch in order, retries, and is closed last", async () => {
  const events: string[] = [];
  let failures = 1;
  const store: StoreSink = {
    write: async (batch: Batch) => {
      if (failures-- > 0) throw new Error("disk is full");
      events.push(`write ${batch.itemCount}`);
    },
    close: async () => void events.push("close"),
  };
  const collector = await startTestCollector(YAML, {
    openStore: async (config) => {
      events.push(`open ${config.path} ${config.endpoint}`);
      return store;
    },
  });
  const url = `http://${addressOf(collector, "receiver otlp", "http")}/v1/traces`;
  for (const count of [1, 2]) {
    const body = tracesBytes(Array.from({ length: count }, () => ({}))) as NonNullable<RequestInit["body"]>;
    await fetch(url, { method: "POST", headers: { "content-type": "application/x-protobuf" }, body });
  }
  await collector.shutdown();
  expect(events).toEqual(["open here.db 127.0.0.1:9999", "write 1", "write 2", "close"]);
  expect(collector.ledger().pipelines[0]).toMatchObject({
    accepted: 3,
    balanced: true,
    exits: { venturi_store: { sent: 3 } },
  });
});

test("a host without a store is one clear line", async () => {
  const failure: unknown = await startTestCollector(YAML).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(StartError);
  expect((failure as Error).message).toContain(
    'cannot start exporter "venturi_store": this collector runs without an embedded store',
  );
});
