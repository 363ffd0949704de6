import type { Batch } from "@venturi/otlp";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Outcome, Refusal } from "../../component.js";
import { metricValue } from "../../testing/host.test.fixture.js";
import { spansBatch, spansByTrace } from "../../testing/spans.test.fixture.js";
import { startSampler, type TestSampler } from "./tail-sampling.test.fixture.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);
const errors = { name: "errors", type: "status_code", status_code: { status_codes: ["ERROR"] } };
const all = { name: "all", type: "always_sample" };
const metric = (sampler: TestSampler, name: string, labels: Record<string, string> = {}): number | undefined =>
  metricValue(sampler.host.metrics, `otelcol_processor_tail_sampling_${name}`, labels);
const dropped = (sampler: TestSampler): Record<string, number> => Object.fromEntries(sampler.lane.dropped);

test("a trace is decided decision_wait after its first span, with all spans that came until then", async () => {
  const sampler = await startSampler({ policies: [errors] });
  await sampler.send({ trace: 1, name: "a" }, { trace: 2, name: "b" });
  await pass(2);
  await sampler.send({ trace: 1, name: "c", status: "ERROR" }, { trace: 3, name: "d", status: "ERROR" });
  expect([sampler.kept(), sampler.lane.inside]).toEqual([{}, 4]);
  await pass(1);
  expect(sampler.kept()).toEqual({ 1: ["a", "c"] });
  expect([sampler.lane.inside, dropped(sampler)]).toEqual([1, { sampled_out: 1 }]);
  await pass(2);
  expect(sampler.kept()).toEqual({ 1: ["a", "c"], 3: ["d"] });
  await sampler.processor.shutdown();
  expect(metric(sampler, "global_count_traces_sampled", { sampled: "true", decision: "sampled" })).toBe(2);
  expect(metric(sampler, "count_traces_sampled", { policy: "errors", sampled: "false", decision: "not_sampled" })).toBe(
    1,
  );
  expect(metric(sampler, "new_trace_id_received")).toBe(3);
});

test("a root span hastens the decision", async () => {
  const sampler = await startSampler({
    policies: [all],
    decision_wait: "10s",
    decision_wait_after_root_received: "1s",
  });
  await sampler.send({ trace: 1, parent: 5 }, { trace: 2 });
  await pass(2);
  expect(Object.keys(sampler.kept())).toEqual(["2"]);
  await pass(9);
  expect(Object.keys(sampler.kept())).toEqual(["1", "2"]);
  await sampler.processor.shutdown();
});

test("late spans share the fate of their trace, and are counted", async () => {
  const sampler = await startSampler({ policies: [errors] });
  await sampler.send({ trace: 1, status: "ERROR" }, { trace: 2 });
  await pass(3);
  await sampler.send({ trace: 1, name: "late" }, { trace: 1, name: "later" }, { trace: 2, status: "ERROR" });
  expect(sampler.kept()).toEqual({ 1: ["s0", "late", "later"] });
  expect([dropped(sampler), sampler.lane.inside]).toEqual([{ sampled_out: 2 }, 0]);
  expect(sampler.explain(1).body).toMatchObject({ decisions: [{ decision: "sampled", spans: 1, late_spans: 2 }] });
  await sampler.processor.shutdown();
});

test("a decision in the cache outlives the trace", async () => {
  const cache = { sampled_cache_size: 2, non_sampled_cache_size: 10 };
  const sampler = await startSampler({ policies: [errors], decision_cache: cache });
  for (const trace of [1, 2, 3]) await sampler.send({ trace, status: "ERROR" });
  await sampler.send({ trace: 4 });
  await pass(3);
  await sampler.send({ trace: 3, name: "known" }, { trace: 4, status: "ERROR" }, { trace: 1, name: "forgotten" });
  expect(sampler.kept()[3]).toEqual(["s0", "known"]);
  expect([sampler.lane.inside, dropped(sampler)]).toEqual([1, { sampled_out: 2 }]);
  expect(metric(sampler, "early_releases_from_cache_decision", { sampled: "true" })).toBe(1);
  expect(metric(sampler, "early_releases_from_cache_decision", { sampled: "false" })).toBe(1);
  await sampler.processor.shutdown();
});

test("num_traces: the oldest leaves, decided or not; what it loses has a name", async () => {
  const sampler = await startSampler({ policies: [all], num_traces: 2 });
  await sampler.send({ trace: 1 }, { trace: 1 }, { trace: 2 }, { trace: 3 });
  expect([sampler.lane.inside, dropped(sampler)]).toEqual([2, { evicted_num_traces: 2 }]);
  expect(sampler.explain(1)).toMatchObject({ status: 200, body: { decisions: [{ decision: "evicted", spans: 2 }] } });
  await pass(3);
  await sampler.send({ trace: 4 });
  await pass(3);
  expect(Object.keys(sampler.kept())).toEqual(["2", "3", "4"]);
  expect(metric(sampler, "sampling_trace_dropped_too_early")).toBe(1);
  await sampler.processor.shutdown();
});

test("block_on_overflow: the sender waits until there is room, and nothing is lost", async () => {
  const sampler = await startSampler({ policies: [all], num_traces: 2, block_on_overflow: true });
  await sampler.send({ trace: 1 }, { trace: 2 }, { trace: 3 });
  const waiting = [sampler.send({ trace: 4 }), sampler.send({ trace: 1 })] as Promise<Outcome>[];
  expect(waiting.every((outcome) => outcome instanceof Promise)).toBe(true);
  await pass(3);
  expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
  const stuck = sampler.send({ trace: 5 });
  await sampler.processor.shutdown();
  expect(((await stuck) as Refusal).reason).toBe("shutdown");
  expect(Object.keys(sampler.kept())).toEqual(["1", "2", "3", "4"]);
  expect([sampler.lane.inside, dropped(sampler)]).toEqual([0, {}]);
});

test("max_held_bytes: memory is bounded, and used again when it is free", async () => {
  const sampler = await startSampler({ policies: [all], max_held_bytes: 2 * 1024 * 1024 });
  const fill = "x".repeat(100_000);
  for (let trace = 1; trace <= 40; trace++) await sampler.send({ trace, name: fill });
  const held = sampler.lane.inside;
  expect(held).toBeGreaterThan(9);
  expect(held).toBeLessThanOrEqual(20);
  expect(dropped(sampler)).toEqual({ evicted_bytes: 40 - held });
  expect(metric(sampler, "traces_evicted", { reason: "evicted_bytes" })).toBe(40 - held);
  await pass(3);
  expect(sampler.kept()[40]).toEqual([fill]);
  // What waits next lies in the memory of those before: it must be itself.
  for (let trace = 41; trace <= 55; trace++) await sampler.send({ trace, name: `${trace} ${fill}` });
  await sampler.processor.shutdown();
  for (let trace = 41; trace <= 55; trace++) expect(sampler.kept()[trace]).toEqual([`${trace} ${fill}`]);
});

test("maximum_trace_size_bytes: a trace that is too large is dropped at once", async () => {
  const sampler = await startSampler({ policies: [all], maximum_trace_size_bytes: 300 });
  await sampler.send({ trace: 1 }, { trace: 2, name: "x".repeat(300) }, { trace: 2 });
  expect(dropped(sampler)).toEqual({ trace_too_large: 1, sampled_out: 1 });
  expect(metric(sampler, "traces_dropped_too_large")).toBe(1);
  await sampler.processor.shutdown();
  expect(Object.keys(sampler.kept())).toEqual(["1"]);
});

test("the first policy that matches decides, and with sample_on_first_match the others are not asked", async () => {
  for (const sample_on_first_match of [false, true]) {
    const sampler = await startSampler({ policies: [errors, all, { ...all, name: "all2" }], sample_on_first_match });
    await sampler.send({ trace: 1 });
    await pass(3);
    expect(sampler.explain(1)).toMatchObject({
      status: 200,
      body: {
        decisions: [
          {
            processor: "tail_sampling",
            pipeline: "traces",
            decision: "sampled",
            policy: "all",
            reason: 'sampled by policy "all"',
            policies: [
              { name: "errors", type: "status_code", decision: "not_sampled" },
              { name: "all", type: "always_sample", decision: "sampled" },
              { name: "all2", decision: sample_on_first_match ? "not_evaluated" : "sampled" },
            ],
            spans: 1,
            late_spans: 0,
          },
        ],
      },
    });
    await sampler.processor.shutdown();
  }
});

test("what is asked about a trace that waits, that nobody knows, and that is no trace id", async () => {
  const sampler = await startSampler({ policies: [errors], decision_log_size: 1 });
  await sampler.send({ trace: 1 }, { trace: 2 });
  expect(sampler.explain(1).body).toMatchObject({ decisions: [{ decision: "pending", spans: 1 }] });
  await pass(3);
  expect(sampler.explain(2).body).toMatchObject({
    decisions: [{ decision: "not_sampled", reason: "no policy sampled it", decided_at: expect.any(String) }],
  });
  expect(sampler.explain(1)).toEqual({
    status: 404,
    body: { error: expect.stringMatching(/^nothing is known of trace [0-9a-f]{32}: /) },
  });
  await sampler.processor.shutdown();
});

test("at shutdown everything that waits is decided, or dropped when so configured", async () => {
  const decides = await startSampler({ policies: [errors], decision_wait: "30s" });
  const drops = await startSampler({ policies: [errors], drop_pending_traces_on_shutdown: true });
  for (const sampler of [decides, drops]) {
    await sampler.send({ trace: 1, status: "ERROR" }, { trace: 2 });
    await sampler.processor.shutdown();
    expect(sampler.lane.inside).toBe(0);
    expect(await sampler.send({ trace: 3 })).toMatchObject({ reason: "shutdown" });
  }
  expect([Object.keys(decides.kept()), dropped(decides)]).toEqual([["1"], { sampled_out: 1 }]);
  expect([Object.keys(drops.kept()), dropped(drops)]).toEqual([[], { shutdown: 2 }]);
});

test("span-ingest: decided as soon as spans say enough, each request on its own; the rest is dropped in time", async () => {
  const slow = { name: "slow", type: "latency", latency: { threshold_ms: 100 } };
  const both = { name: "both", type: "and", and: { and_sub_policy: [errors, slow] } };
  const sampler = await startSampler({ policies: [both], sampling_strategy: "span-ingest" });
  await sampler.send({ trace: 1, name: "a", status: "ERROR" }, { trace: 2, name: "b", status: "ERROR", end: 200 });
  expect(sampler.kept()).toEqual({ 2: ["b"] });
  await sampler.send({ trace: 1, name: "c", end: 200 });
  expect(Object.keys(sampler.kept())).toEqual(["2"]);
  await sampler.send({ trace: 1, name: "d", end: 200, status: "ERROR" }, { trace: 3 });
  expect(sampler.kept()).toEqual({ 2: ["b"], 1: ["a", "c", "d"] });
  await pass(3);
  expect([sampler.lane.inside, dropped(sampler)]).toEqual([0, { sampled_out: 1 }]);
  await sampler.processor.shutdown();
});

test("kept traces that are refused downstream are offered again, in order, and none is lost", async () => {
  const full: Refusal = { reason: "queue_full", message: "full", retryable: true };
  let refuse = true;
  const taken: Batch[] = [];
  const sampler = await startSampler({ policies: [all] }, (batch) => {
    if (refuse) return full;
    taken.push(batch);
    return undefined;
  });
  await sampler.send({ trace: 1 });
  await pass(3);
  await sampler.send({ trace: 1, name: "late" });
  expect([taken.length, sampler.lane.inside]).toEqual([0, 2]);
  refuse = false;
  await pass(1);
  expect(spansByTrace(taken)).toEqual({ 1: ["s0", "late"] });
  refuse = true;
  await sampler.send({ trace: 1, name: "stuck" });
  sampler.host.startDrain(0);
  await sampler.processor.shutdown();
  expect([sampler.lane.inside, dropped(sampler)]).toEqual([0, { shutdown: 1 }]);
});

test("kept spans stay under their resource and scope, byte for byte", async () => {
  const sampler = await startSampler({ policies: [all] });
  const batch = spansBatch([
    { attributes: { "service.name": "a" }, spans: [{ trace: 1 }, { trace: 1 }] },
    { attributes: { "service.name": "b" }, spans: [{ trace: 1, attributes: { big: "y".repeat(400) } }] },
  ]);
  sampler.lane.entered += batch.itemCount;
  await sampler.processor.consume(batch);
  await pass(3);
  expect(sampler.out.map(({ slices }) => Buffer.concat(slices))).toEqual([Buffer.concat(batch.slices)]);
  await sampler.processor.shutdown();
});
