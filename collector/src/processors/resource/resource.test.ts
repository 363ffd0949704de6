import { type Batch, batchToBytes, forEachSpan, protobufToJson, readBatch } from "@venturi/otlp";
import { expect, test } from "vitest";
import { Lane } from "../../ledger.js";
import { testHost } from "../../testing/host.test.fixture.js";
import { spansBatch } from "../../testing/spans.test.fixture.js";
import { gaugeJson, logsJson, requestBytes } from "../../testing/telemetry.test.fixture.js";
import { resourceProcessor } from "./resource.js";

async function run(attributes: readonly object[], batch: Batch): Promise<Batch> {
  const out: Batch[] = [];
  const next = { consume: (changed: Batch) => void out.push(changed) };
  const config = resourceProcessor.schema.parse({ attributes });
  const host = testHost("processor", "resource");
  const processor = resourceProcessor.create(config, batch.signal, next, new Lane(), host);
  await processor.start();
  expect(await processor.consume(batch)).toBeUndefined();
  return out[0] as Batch;
}

const json = (batch: Batch): string => JSON.stringify(protobufToJson(batch.signal, batchToBytes(batch)));

const zone = { key: "zone", value: "eu", action: "upsert" };

test.each([
  spansBatch([{ spans: [{ trace: 1 }] }]),
  readBatch("metrics", requestBytes("metrics", gaugeJson("m", 1))),
  readBatch("logs", requestBytes("logs", logsJson(["a"]))),
])("changes the resource of any signal and nothing else", async (batch) => {
  const changed = await run([zone], batch);
  expect(changed.itemCount).toBe(batch.itemCount);
  const added = ',{"key":"zone","value":{"stringValue":"eu"}}';
  expect(json(changed)).toContain(added);
  // The resource may stand behind the scopes now: the order of fields says nothing.
  expect(JSON.parse(json(changed).replace(added, ""))).toEqual(JSON.parse(json(batch)));
});

test("a resource that stays keeps its bytes, and so does a batch", async () => {
  const batch = spansBatch([
    { attributes: { zone: "eu" }, spans: [{ trace: 1 }] },
    { attributes: { zone: "us" }, spans: [{ trace: 2 }] },
  ]);
  const changed = await run([zone], batch);
  expect(changed.slices[0]?.buffer).toBe(batch.slices[0]?.buffer);
  expect(json(changed)).not.toContain('"us"');
  expect(await run([zone], changed)).toBe(changed);
});

test("who reads the spans of a changed resource sees its attributes", async () => {
  const zones: unknown[] = [];
  const changed = await run([zone], spansBatch([{ spans: [{ trace: 1 }, { trace: 2 }] }]));
  forEachSpan(changed, (_span, _scope, resource) => void zones.push(resource.attributes.get("zone")));
  expect(zones).toEqual(["eu", "eu"]);
});

test("a resource that was not there is made", async () => {
  const scopeLogs = [{ logRecords: [{ body: { stringValue: "a" } }] }];
  const batch = readBatch("logs", requestBytes("logs", { resourceLogs: [{ scopeLogs }] }));
  expect(json(await run([zone], batch))).toContain('"resource":{"attributes":[{"key":"zone"');
});
