import { beforeAll, describe, expect, test } from "vitest";
import { cleanup } from "./support/cleanup.js";
import { eventually } from "./support/eventually.js";
import { keyValue, samplingCorpus, seededRandom } from "./support/sampling-corpus.js";
import { type ComparedPipeline, type Side, startTwoCollectors, type TwoCollectors } from "./support/two-collectors.js";

const { defer, temporaryFolder } = cleanup();

const TRACES = 600;
const UNIFORM = 60;

type Policy = Readonly<Record<string, unknown>>;
const string = (string_attribute: object): Policy => ({ type: "string_attribute", string_attribute });
const errors: Policy = { name: "errors", type: "status_code", status_code: { status_codes: ["ERROR"] } };
const slow: Policy = { name: "slow", type: "latency", latency: { threshold_ms: 400 } };
const forced: Policy = { name: "forced", type: "boolean_attribute", boolean_attribute: { key: "force", value: true } };
const uniform: Policy = { name: "uniform", ...string({ key: "group", values: ["uniform"] }) };
const probabilistic = (sampling_percentage: number, hash_salt = ""): Policy => ({
  type: "probabilistic",
  probabilistic: { sampling_percentage, hash_salt },
});

/** Policies whose decision depends on the trace alone. */
const POLICIES: Readonly<Record<string, readonly Policy[]>> = {
  always: [{ type: "always_sample" }],
  latency: [slow],
  latency_between: [{ type: "latency", latency: { threshold_ms: 100, upper_threshold_ms: 700 } }],
  numeric: [{ type: "numeric_attribute", numeric_attribute: { key: "http.status", min_value: 400, max_value: 499 } }],
  numeric_max: [{ type: "numeric_attribute", numeric_attribute: { key: "http.status", max_value: 300 } }],
  numeric_resource: [{ type: "numeric_attribute", numeric_attribute: { key: "weight", min_value: 5 } }],
  numeric_inverted: [
    { type: "numeric_attribute", numeric_attribute: { key: "http.status", min_value: 400, invert_match: true } },
  ],
  probabilistic_5: [probabilistic(5)],
  probabilistic_50: [probabilistic(50, "pepper")],
  probabilistic_33: [probabilistic(33.333)],
  status: [{ type: "status_code", status_code: { status_codes: ["ERROR", "UNSET"] } }],
  string: [string({ key: "http.route", values: ["/live", "", "5"] })],
  string_resource: [string({ key: "env", values: ["prod"] })],
  string_regex: [string({ key: "http.route", values: ["/v1/name/.+", "^/re"], enabled_regex_matching: true })],
  string_regex_resource: [string({ key: "weight", values: ["^$"], enabled_regex_matching: true, cache_max_size: 1 })],
  string_inverted: [string({ key: "http.route", values: ["/live"], invert_match: true })],
  string_regex_inverted: [
    string({ key: "http.route", values: ["/v1"], enabled_regex_matching: true, invert_match: true }),
  ],
  span_count: [{ type: "span_count", span_count: { min_spans: 3 } }],
  span_count_between: [{ type: "span_count", span_count: { min_spans: 2, max_spans: 4 } }],
  trace_state: [{ type: "trace_state", trace_state: { key: "k", values: ["v", "x"] } }],
  trace_flags: [{ type: "trace_flags" }],
  boolean: [forced],
  boolean_false: [{ type: "boolean_attribute", boolean_attribute: { key: "force", value: false } }],
  boolean_inverted: [
    { type: "boolean_attribute", boolean_attribute: { key: "canary", value: true, invert_match: true } },
  ],
  and: [{ type: "and", and: { and_sub_policy: [errors, slow] } }],
  and_not: [
    { type: "and", and: { and_sub_policy: [errors, { name: "n", type: "not", not: { not_sub_policy: slow } }] } },
  ],
  not: [{ type: "not", not: { not_sub_policy: errors } }],
  drop: [
    { name: "keep", type: "always_sample" },
    { name: "drop", type: "drop", drop: { drop_sub_policy: [errors, forced] } },
  ],
  composite: [
    {
      type: "composite",
      composite: {
        max_total_spans_per_second: 1_000_000,
        policy_order: ["never", "rest", "errors"],
        composite_sub_policy: [
          errors,
          { ...forced, name: "never" },
          { name: "both", type: "and", and: { and_sub_policy: [slow, uniform] } },
          { name: "rest", ...probabilistic(30) },
        ],
        rate_allocation: [{ policy: "errors", percent: 40 }, { policy: "rest" }, { policy: "both", percent: 20 }],
      },
    },
  ],
  several: [errors, { ...slow, name: "slow" }, { name: "some", ...probabilistic(10) }],
};

const tailSampling = (name: string, policies: readonly Policy[], more: object = {}): ComparedPipeline => ({
  name,
  signal: "traces",
  processor: "tail_sampling",
  config: { decision_wait: "6s", policies: policies.map((policy) => ({ name: "p", ...policy })), ...more },
});
const exact = Object.entries(POLICIES).map(([name, policies]) => tailSampling(name, policies));
const caches = { decision_cache: { sampled_cache_size: 5000, non_sampled_cache_size: 5000 } };
const special = [
  tailSampling("cached", POLICIES.several ?? [], caches),
  tailSampling("first_match", POLICIES.several ?? [], { sample_on_first_match: true }),
  // Decided at moments that depend on the machine, so by what does not depend on the moment.
  tailSampling("after_root", [probabilistic(30)], { decision_wait_after_root_received: "1s" }),
  tailSampling("span_ingest", [{ type: "and", and: { and_sub_policy: [errors, slow] } }], {
    sampling_strategy: "span-ingest",
  }),
  tailSampling("span_ingest_drop", POLICIES.drop ?? [], { sampling_strategy: "span-ingest", ...caches }),
  tailSampling("too_large", POLICIES.always ?? [], { maximum_trace_size_bytes: 6000, ...caches }),
];

/** Which traces pass depends on the order in which they are decided; how many of one size do, does not. */
const limit = (name: string, policy: Policy): ComparedPipeline =>
  tailSampling(name, [{ type: "and", and: { and_sub_policy: [uniform, { name: "limit", ...policy }] } }]);
const limited = [
  limit("rate_limiting", { type: "rate_limiting", rate_limiting: { spans_per_second: 0, burst_capacity: 41 } }),
  // A uniform trace has 680 bytes or so.
  limit("bytes_limiting", { type: "bytes_limiting", bytes_limiting: { bytes_per_second: 0, burst_capacity: 5100 } }),
];

const sampler = (name: string, signal: "traces" | "logs", config: object): ComparedPipeline => ({
  name,
  signal,
  processor: "probabilistic_sampler",
  config,
});
const samplers = [
  ...[0, 0.01, 5, 15.3, 33.333, 50, 99.99, 100, 200].flatMap((sampling_percentage, index) => [
    sampler(`hash_${index}`, "traces", { sampling_percentage, hash_seed: index * 22 }),
    sampler(`hash_open_${index}`, "traces", { sampling_percentage, fail_closed: false }),
    sampler(`equalizing_${index}`, "traces", {
      sampling_percentage,
      mode: "equalizing",
      sampling_precision: 1 + index,
    }),
    sampler(`equalizing_open_${index}`, "traces", { sampling_percentage, mode: "equalizing", fail_closed: false }),
    sampler(`proportional_${index}`, "traces", {
      sampling_percentage,
      mode: "proportional",
      sampling_precision: 14 - index,
    }),
    sampler(`proportional_open_${index}`, "traces", { sampling_percentage, mode: "proportional", fail_closed: false }),
    sampler(`logs_${index}`, "logs", { sampling_percentage, from_attribute: "id", sampling_priority: "priority" }),
    sampler(`logs_record_${index}`, "logs", { sampling_percentage, attribute_source: "record", from_attribute: "id" }),
    sampler(`logs_open_${index}`, "logs", { sampling_percentage, mode: "proportional", fail_closed: false }),
    sampler(`logs_equal_${index}`, "logs", { sampling_percentage, mode: "equalizing", sampling_priority: "priority" }),
  ]),
];
const pipelines = [...exact, ...special, ...limited, ...samplers];

/** Processors that ask a policy about every trace once. */
const decidedInTime = [...exact, ...special.slice(0, 3), ...limited].map(({ name }) => name);
/** Of `consistentSpans` all without a trace id are one trace. */
const CONSISTENT = 1500;
const PRIORITIES = [
  0,
  1,
  2,
  -1,
  0.5,
  0.25,
  -0.5,
  "0",
  "1",
  "0.0",
  "1e2",
  "-1",
  "x",
  "",
  " 1",
  "inf",
  "-inf",
  "nan",
  true,
];
const TRACES_SENT = TRACES + UNIFORM + CONSISTENT - CONSISTENT / 50 + 1 + PRIORITIES.length + 20;

let both: TwoCollectors;
let stockMetrics: string[];
let ourMetrics: string[];

beforeAll(async () => {
  both = await startTwoCollectors(await temporaryFolder(), pipelines);
  defer(() => both.stop());
  const requests = samplingCorpus(4711, TRACES, UNIFORM);
  // At once: what lies a request apart may lie a decision apart where the machine is busy.
  await both.send("traces", { resourceSpans: requests.flatMap(({ resourceSpans }) => resourceSpans) });
  for (const request of [consistentSpans(), prioritySpans()]) await both.send("traces", request);
  await both.send("logs", logs());
  await both.send("traces", largeTraces());
  await eventually("all traces are decided", async () => {
    for (const side of ["stock", "ours"] as const) {
      const text = await both.metrics(side);
      const behind = decidedInTime.filter((name) => tracesDecided(text, name) !== TRACES_SENT);
      if (behind.length > 0)
        throw new Error(`${side}: ${behind[0]} decided ${tracesDecided(text, behind[0] as string)} of ${TRACES_SENT}`);
    }
    return true;
  });
  // Late: the same spans once more, after the decisions.
  for (const request of requests.slice(0, 2)) await both.send("traces", request);
  stockMetrics = await samplingSeries("stock");
  ourMetrics = await samplingSeries("ours");
  await both.stop();
}, 120_000);

/** How many traces the busiest policy of a processor has seen. */
function tracesDecided(metrics: string, processor: string): number {
  const sums = new Map<string, number>();
  for (const line of metrics.split("\n")) {
    const match = /_count_traces_sampled\{.*policy="([^".]+)\.([^"]+)".*\} (\d+)/.exec(line);
    if (match?.[1] !== processor) continue;
    const policy = match[2] as string;
    sums.set(policy, (sums.get(policy) ?? 0) + Number(match[3]));
  }
  return Math.max(0, ...sums.values());
}

/** Ten traces that grow to 9 kB from resource to resource, and ten that stay below 6 kB. */
function largeTraces(): object {
  const resourceSpans = [0, 1, 2].map((part) => {
    const spans = Array.from({ length: 20 }, (_, trace) => ({
      // Caches know a trace by its right half, which no other trace may have.
      traceId: `1a${trace.toString(16).padStart(14, "0")}`.padStart(32, "1"),
      spanId: `${part + 1}${trace.toString(16).padStart(15, "0")}`,
      name: `large-${trace}-${part}`,
      status: { code: 1 },
      attributes: [keyValue("filler", "y".repeat(trace < 10 ? 3000 : 1500))],
    }));
    return { resource: {}, scopeSpans: [{ scope: {}, spans }] };
  });
  return { resourceSpans };
}

/** Spans that other consistent samplers have seen. */
function consistentSpans(): object {
  const random = seededRandom(99);
  const digits = (count: number): string =>
    Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join("");
  const states = [
    () => "",
    () => `ot=th:${digits(1 + Math.floor(random() * 14))}`,
    () => `ot=rv:${digits(14)}`,
    () => `ot=rv:${digits(14)};th:${digits(2)}`,
    () => `v=1,ot=th:8;k1:AbC.-_;rv:${digits(14)},w@t=2`,
    () => `ot=th:0`,
    () => `ot=th:`,
    () => `ot=rv:12`,
    () => `ot=th:zz`,
    () => `ot=a:b;`,
    () => `ot=a:b`,
    () => `OT=1`,
    () => ` v=1 , ot=th:4 ,, x=y`,
    () => `ot=th:${digits(15)}`,
    () => `ot=rv:ABCDEFABCDEFAB;th:A`,
    () => Array.from({ length: 31 }, (_, index) => `k${index}=1`).join(),
    () => Array.from({ length: 32 }, (_, index) => `k${index}=1`).join(),
  ];
  const spans = Array.from({ length: CONSISTENT }, (_, index) => ({
    traceId: index % 50 === 0 ? "" : digits(32),
    spanId: digits(16),
    name: `consistent-${index}`,
    status: { code: 1 },
    traceState: states[index % states.length]?.(),
  }));
  return { resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans }] }] };
}

function prioritySpans(): object {
  const spans = PRIORITIES.map((value, index) => ({
    traceId: (index + 1).toString(16).padStart(32, "0"),
    spanId: (index + 1).toString(16).padStart(16, "0"),
    name: `priority-${String(value)}`,
    status: { code: 1 },
    attributes: [keyValue("sampling.priority", value)],
  }));
  return { resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans }] }] };
}

function logs(): object {
  const random = seededRandom(5);
  const digits = (count: number): string =>
    Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join("");
  const ids: (() => unknown)[] = [
    () => undefined,
    () => digits(8),
    () => Math.floor(random() * 1e6),
    random,
    () => true,
    () => "",
  ];
  const priorities = [undefined, undefined, 0, 1, 50, 99.5, 100, 101, "50"];
  const thresholds = [undefined, undefined, undefined, "8", "c", "zz", "0"];
  const randoms = [undefined, undefined, undefined, "c0000000000000", "12", "7fffffffffffff"];
  const attribute = (key: string, value: unknown): object[] => (value === undefined ? [] : [keyValue(key, value)]);
  const logRecords = Array.from({ length: 2000 }, (_, index) => ({
    timeUnixNano: String(1_700_000_000_000_000_000n + BigInt(index)),
    body: { stringValue: `log ${index}` },
    ...(random() < 0.5 ? { traceId: digits(32), spanId: digits(16) } : {}),
    attributes: [
      ...attribute("id", ids[index % ids.length]?.()),
      ...attribute("priority", priorities[Math.floor(random() * priorities.length)]),
      ...attribute("sampling.threshold", thresholds[Math.floor(random() * thresholds.length)]),
      ...attribute("sampling.randomness", randoms[Math.floor(random() * randoms.length)]),
    ],
  }));
  return { resourceLogs: [{ resource: {}, scopeLogs: [{ scope: { name: "logs" }, logRecords }] }] };
}

/** Series of counters that do not depend on time. */
async function samplingSeries(side: Side): Promise<string[]> {
  const text = await both.metrics(side);
  return text
    .split("\n")
    .filter((line) => /^otelcol_processor_(tail_sampling|probabilistic_sampler)_/.test(line))
    .filter((line) => !/execution_time|latency_|_age_|traces_on_memory/.test(line))
    .filter((line) => !/rate_limiting|bytes_limiting|policy_execution_count|traces_evicted/.test(line))
    .filter((line) => !/tail_sampling_(global|new_trace|early_releases|sampling_|traces_)/.test(line))
    .map((line) => line.replace(/,?otel_scope_[a-z_]+="[^"]*"/g, "").replace("{,", "{"))
    .sort();
}

const NO_DIFFERENCE = { count: 0, onlyStock: [], onlyOurs: [] };

/** How many items differ, and the first of them. */
function difference(pipeline: ComparedPipeline): { count: number; onlyStock: string[]; onlyOurs: string[] } {
  const counts = new Map<string, number>();
  for (const item of both.items("stock", pipeline)) counts.set(item, (counts.get(item) ?? 0) + 1);
  for (const item of both.items("ours", pipeline)) counts.set(item, (counts.get(item) ?? 0) - 1);
  const onlyStock = [...counts].filter(([, count]) => count > 0).map(([item]) => item);
  const onlyOurs = [...counts].filter(([, count]) => count < 0).map(([item]) => item);
  return {
    count: onlyStock.length + onlyOurs.length,
    onlyStock: onlyStock.slice(0, 2),
    onlyOurs: onlyOurs.slice(0, 2),
  };
}

describe("the same spans are kept, and look the same", () => {
  test.each(exact.map((pipeline) => [pipeline.name, pipeline] as const))("tail sampling %s", (_name, pipeline) => {
    const stock = both.items("stock", pipeline);
    expect(stock.length).toBeGreaterThan(10);
    expect(difference(pipeline)).toEqual(NO_DIFFERENCE);
  });

  test.each(special.map((pipeline) => [pipeline.name, pipeline] as const))("tail sampling %s", (_name, pipeline) => {
    expect(difference(pipeline)).toEqual(NO_DIFFERENCE);
  });

  test.each(samplers.map((pipeline) => [pipeline.name, pipeline] as const))("%s", (_name, pipeline) => {
    expect(difference(pipeline)).toEqual(NO_DIFFERENCE);
  });
});

test.each(limited.map((pipeline) => [pipeline.name, pipeline] as const))(
  "%s lets as many through",
  (_name, pipeline) => {
    const traces = (side: Side): number =>
      new Set(both.items(side, pipeline).map((item) => /"traceId":"(.*?)"/.exec(item)?.[1])).size;
    expect(traces("stock")).toBeGreaterThan(5);
    expect(traces("ours")).toBe(traces("stock"));
  },
);

test("the internal metrics count the same under the same names", () => {
  expect(ourMetrics.length).toBeGreaterThan(100);
  expect(ourMetrics).toEqual(stockMetrics);
});
