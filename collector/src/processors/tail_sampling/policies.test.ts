import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ShortSpan } from "../../testing/spans.test.fixture.js";
import { tailSamplingProcessor } from "./tail-sampling.js";
import { startSampler } from "./tail-sampling.test.fixture.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);

/** The traces of `spans` that a policy keeps. */
async function kept(policy: object, spans: readonly ShortSpan[], more: object[] = []): Promise<number[]> {
  const sampler = await startSampler({ policies: [{ name: "p", ...policy }, ...more] });
  await sampler.send(...spans);
  await pass(3);
  await sampler.processor.shutdown();
  expect(sampler.lane.inside).toBe(0);
  expect(sampler.lane.sent + (sampler.lane.dropped.get("sampled_out") ?? 0)).toBe(spans.length);
  return Object.keys(sampler.kept()).map(Number);
}

const trace = (number: number, fields: Partial<ShortSpan> = {}): ShortSpan => ({ trace: number, ...fields });
const withAttribute = (values: readonly unknown[], key = "k"): ShortSpan[] =>
  values.map((value, index) => trace(index + 1, value === undefined ? {} : { attributes: { [key]: value } }));

describe("policies", () => {
  test("always_sample", async () =>
    expect(await kept({ type: "always_sample" }, [trace(1), trace(2)])).toEqual([1, 2]));

  test("latency: from the earliest start to the latest end, whole milliseconds, over several spans", async () => {
    const spans = [
      trace(1, { start: 0, end: 99.9 }),
      trace(2, { start: 0, end: 100 }),
      trace(3, { start: 50, end: 60 }),
      trace(3, { start: 0, end: 10 }),
      trace(4, { start: 50, end: 110 }),
      trace(4, { start: 0, end: 10 }),
    ];
    expect(await kept({ type: "latency", latency: { threshold_ms: 100 } }, spans)).toEqual([2, 4]);
  });

  test("latency: the lower bound is excluded and the upper included, at some moment while spans came", async () => {
    const latency = { threshold_ms: 100, upper_threshold_ms: 200 };
    const spans = [
      trace(1, { end: 100 }),
      trace(2, { end: 101 }),
      trace(3, { end: 200 }),
      trace(4, { end: 201 }),
      trace(5, { end: 150 }),
      trace(5, { end: 500 }),
    ];
    expect(await kept({ type: "latency", latency }, spans)).toEqual([2, 3, 5]);
  });

  test("status_code", async () => {
    const spans = [trace(1), trace(2, { status: "OK" }), trace(3, { status: "ERROR" }), trace(3)];
    expect(await kept({ type: "status_code", status_code: { status_codes: ["ERROR", "OK"] } }, spans)).toEqual([2, 3]);
    expect(await kept({ type: "status_code", status_code: { status_codes: ["UNSET"] } }, spans)).toEqual([1, 3]);
  });

  test("numeric_attribute: bounds included, 0 is none, what is no integer counts as 0", async () => {
    const spans = withAttribute([49, 50, 100, 101, undefined, "60", 60.5, -5, true]);
    const numeric = (numeric_attribute: object) => kept({ type: "numeric_attribute", numeric_attribute }, spans);
    expect(await numeric({ key: "k", min_value: 50, max_value: 100 })).toEqual([2, 3]);
    expect(await numeric({ key: "k", max_value: 50 })).toEqual([1, 2, 6, 7, 8, 9]);
    expect(await numeric({ key: "k", min_value: 100 })).toEqual([3, 4]);
    const inverted = await numeric({ key: "k", min_value: 50, max_value: 100, invert_match: true });
    expect(inverted).toEqual([1, 4, 5, 6, 7, 8, 9]);
  });

  test("string_attribute: exact, pattern, inverted", async () => {
    const spans = withAttribute(["a", "ab", "b", "", undefined, 5]);
    const string = (string_attribute: object) =>
      kept({ type: "string_attribute", string_attribute: { key: "k", ...string_attribute } }, spans);
    expect(await string({ values: ["a", "b", ""] })).toEqual([1, 3]);
    expect(await string({ values: ["a"], enabled_regex_matching: true })).toEqual([1, 2]);
    expect(await string({ values: ["^(?i)A$"], enabled_regex_matching: true })).toEqual([1]);
    expect(await string({ values: ["(?i)^A$"], enabled_regex_matching: true, cache_max_size: 1 })).toEqual([1]);
    expect(await string({ values: ["a"], invert_match: true })).toEqual([2, 3, 4, 5, 6]);
  });

  test("attributes of resources count as well", async () => {
    const sampler = await startSampler({
      policies: [{ name: "p", type: "string_attribute", string_attribute: { key: "env", values: ["prod"] } }],
    });
    await sampler.sendResources(
      { attributes: { env: "prod" }, spans: [trace(1)] },
      { attributes: { env: "test" }, spans: [trace(2), trace(3, { attributes: { env: "prod" } })] },
    );
    await pass(3);
    expect(Object.keys(sampler.kept())).toEqual(["1", "3"]);
    await sampler.processor.shutdown();
  });

  test("boolean_attribute: what is no boolean counts as false", async () => {
    const spans = withAttribute([true, false, undefined, "true"]);
    const boolean = (boolean_attribute: object) => kept({ type: "boolean_attribute", boolean_attribute }, spans);
    expect(await boolean({ key: "k", value: true })).toEqual([1]);
    expect(await boolean({ key: "k", value: false })).toEqual([2, 4]);
    expect(await boolean({ key: "k", value: true, invert_match: true })).toEqual([2, 3, 4]);
  });

  test("trace_state, trace_flags, span_count", async () => {
    const states = ["k=v", "a=b, k=v", "k=w", "k=v,k=v", "k=v,=", ""].map((traceState, index) =>
      trace(index + 1, traceState === "" ? {} : { traceState }),
    );
    expect(await kept({ type: "trace_state", trace_state: { key: "k", values: ["v"] } }, states)).toEqual([1, 2]);
    const flags = [trace(1), trace(2, { flags: 1 }), trace(3, { flags: 256 }), trace(4, { flags: 257 })];
    expect(await kept({ type: "trace_flags" }, flags)).toEqual([2, 4]);
    const counts = [trace(1), trace(2), trace(2), trace(3), trace(3), trace(3)];
    expect(await kept({ type: "span_count", span_count: { min_spans: 2 } }, counts)).toEqual([2, 3]);
    expect(await kept({ type: "span_count", span_count: { min_spans: 1, max_spans: 2 } }, counts)).toEqual([1, 2]);
  });

  test("rate_limiting and bytes_limiting: a bucket that starts full, of twice the rate by default", async () => {
    const spans = Array.from({ length: 6 }, (_, index) => trace(index + 1));
    expect((await kept({ type: "rate_limiting", rate_limiting: { spans_per_second: 2 } }, spans)).length).toBe(4);
    const burst = { spans_per_second: 2, burst_capacity: 3 };
    expect((await kept({ type: "rate_limiting", rate_limiting: burst }, spans)).length).toBe(3);
    const bytes = { bytes_per_second: 1, burst_capacity: 350 };
    expect((await kept({ type: "bytes_limiting", bytes_limiting: bytes }, spans)).length).toBe(3);
  });

  test("and, not, drop", async () => {
    const spans = [
      trace(1, { status: "ERROR", end: 10 }),
      trace(2, { status: "ERROR", end: 200 }),
      trace(3, { end: 200 }),
      trace(4, { status: "ERROR", end: 200, attributes: { health: true } }),
    ];
    const errors = { name: "errors", type: "status_code", status_code: { status_codes: ["ERROR"] } };
    const slow = { name: "slow", type: "latency", latency: { threshold_ms: 100 } };
    const health = { name: "health", type: "boolean_attribute", boolean_attribute: { key: "health", value: true } };
    expect(await kept({ type: "and", and: { and_sub_policy: [errors, slow] } }, spans)).toEqual([2, 4]);
    expect(await kept({ type: "not", not: { not_sub_policy: errors } }, spans)).toEqual([3]);
    const notSlow = { name: "n", type: "not", not: { not_sub_policy: slow } };
    expect(await kept({ type: "and", and: { and_sub_policy: [errors, notSlow] } }, spans)).toEqual([1]);
    const drop = { name: "d", type: "drop", drop: { drop_sub_policy: [health] } };
    expect(await kept({ type: "always_sample" }, spans, [drop])).toEqual([1, 2, 3]);
  });

  test("composite: the first that samples decides, within its share of a second's spans", async () => {
    const spans = Array.from({ length: 20 }, (_, index) =>
      trace(index + 1, index % 2 === 0 ? { status: "ERROR" } : {}),
    );
    const composite = {
      max_total_spans_per_second: 10,
      policy_order: ["rest", "errors"],
      composite_sub_policy: [
        { name: "errors", type: "status_code", status_code: { status_codes: ["ERROR"] } },
        { name: "rest", type: "always_sample" },
        { name: "none", type: "always_sample" },
      ],
      rate_allocation: [{ policy: "errors", percent: 50 }, { policy: "rest" }],
    };
    const numbers = await kept({ type: "composite", composite }, spans);
    expect([numbers.filter((one) => one % 2 === 1).length, numbers.filter((one) => one % 2 === 0).length]).toEqual([
      5, 3,
    ]);
  });
});

test.each([
  [{ policies: [] }, "must have at least one policy"],
  [{ policies: [{ name: "", type: "always_sample" }] }, "policy name cannot be empty"],
  [{ policies: [0, 1].map(() => ({ name: "a", type: "always_sample" })) }, 'duplicate policy name "a"'],
  [{ policies: [{ name: "a", type: "status_code" }] }, "expected at least one status code"],
  [
    { policies: [{ name: "a", type: "status_code", status_code: { status_codes: ["BAD"] } }] },
    'unknown status code "BAD"',
  ],
  [
    { policies: [{ name: "a", type: "numeric_attribute", numeric_attribute: { key: "k" } }] },
    "min_value and max_value",
  ],
  [{ policies: [{ name: "a", type: "not" }] }, "not_sub_policy"],
  [{ policies: [{ name: "a", type: "ottl_condition" }] }, "expected at least one OTTL condition"],
  [
    {
      policies: [
        { name: "a", type: "string_attribute", string_attribute: { values: ["(?=a)"], enabled_regex_matching: true } },
      ],
    },
    "invalid regex `(?=a)`",
  ],
  [
    { sampling_strategy: "span-ingest", policies: [{ name: "a", type: "rate_limiting" }] },
    'requires all policies to be stateless, but policy "a" is stateful',
  ],
])("a mistake is refused: %j", (config, message) => {
  const result = tailSamplingProcessor.schema.safeParse(config);
  expect(result.error?.issues.map((issue) => issue.message).join()).toContain(message);
});
