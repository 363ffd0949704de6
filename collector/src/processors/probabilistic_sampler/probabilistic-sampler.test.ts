import { type Batch, forEachLogRecord, forEachSpan, readBatch, type Signal } from "@venturi/otlp";
import { expect, test } from "vitest";
import type { Outcome, Refusal } from "../../component.js";
import { processorEntry, processorExit } from "../../graph/branches.js";
import { fanOut } from "../../graph/fan-out.js";
import { Lane } from "../../ledger.js";
import { metricValue, testHost } from "../../testing/host.test.fixture.js";
import { type ShortSpan, spansBatch } from "../../testing/spans.test.fixture.js";
import { requestBytes } from "../../testing/telemetry.test.fixture.js";
import { probabilisticSamplerProcessor } from "./probabilistic-sampler.js";
import { probabilityOf, thresholdOf, thresholdText } from "./threshold.js";
import { parseTraceState } from "./trace-state.js";

function build(config: object, signal: Signal = "traces", answer: () => Outcome = () => undefined) {
  const host = testHost("processor", "probabilistic_sampler");
  const lane = new Lane();
  const out: Batch[] = [];
  const next = {
    consume: (batch: Batch) => {
      const outcome = answer();
      if (outcome === undefined) out.push(batch);
      return outcome;
    },
  };
  const parsed = probabilisticSamplerProcessor.schema.parse(config);
  const exit = fanOut([processorExit(lane, next)]);
  const processor = probabilisticSamplerProcessor.create(parsed, signal, exit, lane, host);
  return { host, lane, out, entry: fanOut([processorEntry(lane, processor)]) };
}

/** The trace states of the spans that are kept, by name. */
async function states(config: object, ...spans: ShortSpan[]): Promise<Record<string, string>> {
  const { out, lane, entry } = build(config);
  expect(await entry.consume(spansBatch([{ spans }]))).toBeUndefined();
  const result: Record<string, string> = {};
  // What is written must be valid.
  for (const batch of out) {
    for (const slice of batch.slices) {
      const read = readBatch("traces", slice);
      forEachSpan(read, (span) => void (result[span.name] = span.traceState));
    }
  }
  expect(lane.inside).toBe(0);
  expect(lane.sent).toBe(Object.keys(result).length);
  expect(lane.dropped.get("sampled_out") ?? 0).toBe(spans.length - lane.sent);
  return result;
}

/** Trace ids whose low 56 bits are small or large numbers. */
const LOW: ShortSpan = { trace: 1, name: "low" };

test("hash_seed writes what decided into the trace state", async () => {
  const all = await states({ sampling_percentage: 100 }, LOW, { trace: 2, name: "vendor", traceState: "v=1" });
  expect(all.low).toMatch(/^ot=rv:[0-9a-f]{14};th:0$/);
  expect(all.vendor).toMatch(/^ot=rv:[0-9a-f]{14};th:0,v=1$/);
});

test("hash_seed keeps a share, the same spans every time, others with another seed", async () => {
  const spans = Array.from({ length: 2000 }, (_, index) => ({ trace: index + 1, name: String(index) }));
  const keys = async (config: object) => Object.keys(await states(config, ...spans));
  const some = await keys({ sampling_percentage: 20 });
  expect(some.length).toBeGreaterThan(320);
  expect(some.length).toBeLessThan(480);
  expect(await keys({ sampling_percentage: 20 })).toEqual(some);
  expect(await keys({ sampling_percentage: 20, hash_seed: 22 })).not.toEqual(some);
  const more = new Set(await keys({ sampling_percentage: 30 }));
  expect(some.every((name) => more.has(name))).toBe(true);
});

test("what another sampler decided is left alone, or refused when fail_closed", async () => {
  const spans = [
    { trace: 1, name: "rv", traceState: "ot=rv:abcdefabcdefab" },
    { trace: 2, name: "th", traceState: "ot=th:8" },
    { trace: 3, name: "bad", traceState: "ot=th:xyz" },
  ];
  expect(await states({ sampling_percentage: 100 }, ...spans)).toEqual({});
  expect(await states({ sampling_percentage: 100, fail_closed: false }, ...spans)).toEqual({
    rv: "ot=rv:abcdefabcdefab",
    th: "ot=th:8",
    bad: "ot=th:xyz",
  });
});

test("equalizing and proportional decide by the randomness that is there, and tell the new threshold", async () => {
  const spans = [
    { trace: 1, name: "half", traceState: "ot=rv:c0000000000000;th:8" },
    { trace: 2, name: "quarter", traceState: "ot=rv:c0000000000000;th:c;x:1,v=2" },
    { trace: 3, name: "lie", traceState: "ot=rv:70000000000000;th:8" },
    { trace: 4, name: "unlucky", traceState: "ot=rv:70000000000000" },
  ];
  expect(await states({ sampling_percentage: 50, mode: "equalizing" }, ...spans)).toEqual({
    half: "ot=rv:c0000000000000;th:8",
    quarter: "ot=rv:c0000000000000;th:c;x:1,v=2",
  });
  expect(await states({ sampling_percentage: 50, mode: "proportional" }, ...spans)).toEqual({
    half: "ot=rv:c0000000000000;th:c",
  });
  expect((await states({ sampling_percentage: 50, mode: "equalizing", fail_closed: false }, ...spans)).lie).toBe(
    "ot=rv:70000000000000;th:0",
  );
});

test("sampling.priority has the last word", async () => {
  const spans = [0, 1, "0", "2", "x", -1, 0.5].map((value, index) => ({
    trace: index + 1,
    name: String(value),
    attributes: { "sampling.priority": value },
  }));
  expect(Object.keys(await states({ sampling_percentage: 0 }, ...spans)).sort()).toEqual(["0.5", "1", "2"]);
  expect(Object.keys(await states({ sampling_percentage: 100 }, ...spans)).sort()).toEqual([
    "-1",
    "0.5",
    "1",
    "2",
    "x",
  ]);
});

test("logs: by trace id, by attribute, by priority; what decided becomes attributes", async () => {
  const attribute = (key: string, value: object) => ({ key, value });
  const records = [
    { body: { stringValue: "traced" }, traceId: "0102030405060708090a0b0c0d0e0f10" },
    { body: { stringValue: "keyed" }, attributes: [attribute("id", { stringValue: "abc" })] },
    { body: { stringValue: "bare" } },
    { body: { stringValue: "wanted" }, attributes: [attribute("prio", { intValue: "100" })] },
  ];
  const { entry, out, lane, host } = build(
    { sampling_percentage: 100, from_attribute: "id", sampling_priority: "prio" },
    "logs",
  );
  const json = { resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] };
  await entry.consume(readBatch("logs", requestBytes("logs", json)));
  const kept: Record<string, unknown> = {};
  for (const batch of out) {
    forEachLogRecord(batch, (record) => {
      kept[String(record.body)] = record.attributes.toObject();
    });
  }
  const hex = expect.stringMatching(/^[0-9a-f]{14}$/);
  expect(kept).toEqual({
    traced: { "sampling.randomness": hex, "sampling.threshold": "0" },
    keyed: { id: "abc", "sampling.randomness": hex, "sampling.threshold": "0" },
    wanted: { prio: 100, "sampling.threshold": "0" },
  });
  expect(lane.dropped.get("sampled_out")).toBe(1);
  const counted = (policy: string, sampled: string) =>
    metricValue(host.metrics, "otelcol_processor_probabilistic_sampler_count_logs_sampled", { policy, sampled });
  expect([counted("trace_id_hash", "true"), counted("id", "true"), counted("missing_randomness", "false")]).toEqual([
    1, 1, 1,
  ]);
});

test("what is refused downstream is refused as a whole and counted nowhere", async () => {
  const full: Refusal = { reason: "queue_full", message: "full", retryable: true };
  const { entry, lane, host } = build({ sampling_percentage: 50 }, "traces", () => full);
  const spans = Array.from({ length: 20 }, (_, index) => ({ trace: index + 1 }));
  expect(await entry.consume(spansBatch([{ spans }]))).toEqual(full);
  expect([lane.entered, lane.sent, lane.droppedTotal, lane.inside]).toEqual([0, 0, 0, 0]);
  expect(host.metrics.collect()).toEqual([]);
});

test.each([
  [1, 4, "0"],
  [0.5, 4, "8"],
  [0.25, 4, "c"],
  [1 / 3, 4, "aaab"],
  [1 / 3, 14, "aaaaaaaaaaaaac"],
  [0.01, 4, "fd70a"],
  [0.99, 4, "028f6"],
  [2 ** -56, 4, "ffffffffffffff"],
])("the threshold of probability %d in %d digits is %s", (probability, precision, text) => {
  const threshold = thresholdOf(probability, precision);
  expect(thresholdText(threshold as NonNullable<typeof threshold>)).toBe(text);
  expect(probabilityOf(threshold as NonNullable<typeof threshold>)).toBeCloseTo(probability, 4);
});

test.each([
  ["a=1,b=2", false],
  ["a=1, ,b=2 ", false],
  ["t@s=1", false],
  ["A=1", true],
  ["a", true],
  ["a=", true],
  ["a=1=2", true],
  ["ot=th:", true],
  ["ot=rv:1", true],
  ["ot=th:0;", true],
  ["ot=th:0;;a:b", true],
  [`a=${"x".repeat(257)}`, true],
  [Array.from({ length: 32 }, (_, index) => `k${index}=1`).join(), true],
])("the trace state %j is malformed: %s", (text, isMalformed) => {
  expect(parseTraceState(text).isMalformed).toBe(isMalformed);
});

test.each([
  [{ sampling_percentage: -1 }, "sampling rate is negative"],
  [{ sampling_percentage: 1e-20 }, "sampling rate is too small"],
  [{ sampling_precision: 15 }, "<=14"],
  [{ mode: "other" }, "hash_seed"],
])("a mistake is refused: %j", (config, message) => {
  const result = probabilisticSamplerProcessor.schema.safeParse(config);
  expect(result.error?.issues.map((issue) => issue.message).join()).toContain(message);
});
