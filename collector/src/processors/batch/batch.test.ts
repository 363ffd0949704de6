import type { Batch } from "@venturi/otlp";
import { expect, test } from "vitest";
import type { Outcome, Refusal } from "../../component.js";
import { processorEntry, processorExit } from "../../graph/branches.js";
import { fanOut } from "../../graph/fan-out.js";
import { Lane } from "../../ledger.js";
import { metricValue, testHost } from "../../testing/host.test.fixture.js";
import { someSpans } from "../../testing/telemetry.test.fixture.js";
import { batchProcessor } from "./batch.js";

const FULL: Refusal = { reason: "queue_full", message: "full", retryable: true };

function build(config: object, answer: (batch: Batch) => Outcome | Promise<Outcome> = () => undefined) {
  const host = testHost("processor", "batch");
  const lane = new Lane();
  const sent: number[] = [];
  const next = {
    consume: (batch: Batch) => {
      const outcome = answer(batch);
      if (outcome === undefined) sent.push(batch.itemCount);
      return outcome;
    },
  };
  const processor = batchProcessor.create(
    batchProcessor.schema.parse(config),
    "traces",
    fanOut([processorExit(lane, next)]),
    lane,
    host,
  );
  return { host, lane, sent, processor, entry: fanOut([processorEntry(lane, processor)]) };
}

test("batches go by size, the rest by timeout or at shutdown", async () => {
  const { sent, entry, processor, lane, host } = build({ send_batch_size: 5, timeout: "1h" });
  for (const size of [2, 2, 3, 1]) expect(entry.consume(someSpans(size))).toBeUndefined();
  expect([sent, lane.inside]).toEqual([[7], 1]);
  host.startDrain(1000);
  await processor.shutdown();
  expect([sent, lane.inside]).toEqual([[7, 1], 0]);
  expect(metricValue(host.metrics, "otelcol_processor_batch_batch_size_trigger_send", { processor: "batch" })).toBe(1);
});

test("the timer sends what gathered", async () => {
  let arrived = (): void => {};
  const sending = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const { sent, entry, host } = build({ timeout: "1ms" }, () => void arrived());
  void entry.consume(someSpans(2));
  void entry.consume(someSpans(1));
  await sending;
  expect(sent).toEqual([3]);
  expect(metricValue(host.metrics, "otelcol_processor_batch_timeout_trigger_send", { processor: "batch" })).toBe(1);
});

test("send_batch_max_size cuts", async () => {
  const { sent, entry, processor } = build({ send_batch_size: 2, send_batch_max_size: 3 });
  void entry.consume(someSpans(8));
  expect(sent).toEqual([3, 3, 2]);
  await processor.shutdown();
});

test("timeout 0 sends at once", () => {
  const { sent, entry } = build({ timeout: "0" });
  void entry.consume(someSpans(1));
  void entry.consume(someSpans(2));
  expect(sent).toEqual([1, 2]);
});

test("what downstream refuses is kept and offered again, while the door is shut: nothing is dropped", async () => {
  let full = true;
  const { sent, entry, processor, lane, host } = build({ send_batch_size: 4, send_batch_max_size: 4 }, () =>
    full ? FULL : undefined,
  );
  expect(entry.consume(someSpans(10))).toBeUndefined();
  expect(entry.consume(someSpans(1))).toEqual(FULL);
  expect([sent, lane.inside, lane.droppedTotal]).toEqual([[], 10, 0]);
  full = false;
  host.startDrain(5000);
  await processor.shutdown();
  expect([sent, lane.inside]).toEqual([[4, 4, 2], 0]);
});

test("a refusal for good, and the end of a drain, are drops with a name", async () => {
  const broken = build({ send_batch_size: 1 }, () => ({ ...FULL, reason: "export_failed", retryable: false }));
  void broken.entry.consume(someSpans(2));
  expect(Object.fromEntries(broken.lane.dropped)).toEqual({ export_failed: 2 });
  const stuck = build({ send_batch_size: 1 }, () => FULL);
  void stuck.entry.consume(someSpans(3));
  stuck.host.startDrain(1);
  await stuck.processor.shutdown();
  expect([Object.fromEntries(stuck.lane.dropped), stuck.lane.inside]).toEqual([{ shutdown: 3 }, 0]);
});

test("a downstream that makes us wait keeps the order and shuts the door when one batch is behind", async () => {
  const answers: ((outcome: Outcome) => void)[] = [];
  const sizes: number[] = [];
  const { entry, processor, lane } = build({ send_batch_size: 2, timeout: "1h" }, (batch) => {
    sizes.push(batch.itemCount);
    return new Promise((resolve) => void answers.push(resolve));
  });
  expect(entry.consume(someSpans(2))).toBeUndefined();
  expect(entry.consume(someSpans(3))).toBeUndefined();
  expect((entry.consume(someSpans(1)) as Refusal).reason).toBe("queue_full");
  expect(sizes).toEqual([2]);
  answers[0]?.(undefined);
  const done = processor.shutdown();
  while (answers.length < 2) await Promise.resolve();
  answers[1]?.(undefined);
  await done;
  expect([sizes, lane.inside]).toEqual([[2, 3], 0]);
});
