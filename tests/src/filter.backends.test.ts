import { beforeAll, describe, expect, test } from "vitest";
import { cleanup } from "./support/cleanup.js";
import { difference, SAME } from "./support/difference.js";
import { ottlLogs, ottlMetrics, ottlSpans } from "./support/ottl/corpus.js";
import { COUNTS } from "./support/ottl/counts.js";
import { EVENT_CONDITIONS, FILTERS, SPAN_CONDITIONS } from "./support/ottl/filters.js";
import { type ComparedPipeline, type Side, startTwoCollectors, type TwoCollectors } from "./support/two-collectors.js";

const { defer, temporaryFolder } = cleanup();
async function sendAll(both: TwoCollectors, metrics: object): Promise<void> {
  await both.send("traces", ottlSpans());
  await both.send("metrics", metrics);
  await both.send("logs", ottlLogs());
}

const labelled = (pipelines: readonly ComparedPipeline[]) =>
  pipelines.map((pipeline) => [pipeline.signal, JSON.stringify(pipeline.config), pipeline] as const);

describe("filter drops the same", () => {
  let both: TwoCollectors;
  const ownMetrics = new Map<Side, string>();

  beforeAll(async () => {
    both = await startTwoCollectors(await temporaryFolder(), FILTERS);
    defer(() => both.stop());
    await sendAll(both, ottlMetrics());
    for (const side of ["stock", "ours"] as const) ownMetrics.set(side, await both.metrics(side));
    await both.stop();
  }, 60_000);

  test.each(labelled(FILTERS))("%s: %s", (_signal, _config, pipeline) => {
    expect(difference(both.items("ours", pipeline), both.items("stock", pipeline))).toEqual(SAME);
  });

  test("of most cases something stays and something goes", () => {
    const kept = (pipeline: ComparedPipeline): number => both.items("stock", pipeline).length;
    const most = { traces: 8, metrics: 17, logs: 10 };
    const partial = FILTERS.filter((pipeline) => kept(pipeline) > 0 && kept(pipeline) < most[pipeline.signal]);
    expect(partial.length / FILTERS.length).toBeGreaterThan(0.6);
  });

  test("what was dropped is counted alike", () => {
    const [ours, stock] = [droppedBy(ownMetrics.get("ours") ?? ""), droppedBy(ownMetrics.get("stock") ?? "")];
    expect(ours).toEqual(stock);
    expect(stock.size).toBeGreaterThan(50);
  });
});

/** Items dropped by each filter, where there were any. */
function droppedBy(text: string): Map<string, number> {
  const lines = text.matchAll(/^otelcol_processor_filter_\w+_filtered\{.*?filter="(.*?)".*?\} (\d+)$/gm);
  const counts = [...lines].map(([, filter, count]) => [filter as string, Number(count)] as const);
  return new Map(counts.filter(([, count]) => count > 0).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Metrics have no times of their own: then it is the time of counting. */
function withoutNow(points: readonly string[], { signal }: ComparedPipeline): string[] {
  if (signal !== "metrics") return [...points];
  return points.map((point) => point.replace(/"(startTimeUnixNano|timeUnixNano)":"\d+",?/g, ""));
}

describe("count counts the same", () => {
  let both: TwoCollectors;

  beforeAll(async () => {
    both = await startTwoCollectors(await temporaryFolder(), COUNTS);
    defer(() => both.stop());
    // Of a metric without data the stock connector makes an error.
    await sendAll(both, ottlMetrics({ withEmpty: false }));
    await both.stop();
  }, 60_000);

  test.each(labelled(COUNTS))("%s: %s", (_signal, _config, pipeline) => {
    const [ours, stock] = (["ours", "stock"] as const).map((side) => withoutNow(both.items(side, pipeline), pipeline));
    expect(stock?.length).toBeGreaterThan(0);
    expect(difference(ours ?? [], stock ?? [])).toEqual(SAME);
  });
});

const POLICIES: readonly object[] = [
  ...SPAN_CONDITIONS.map((condition) => ({ span: [condition] })),
  ...EVENT_CONDITIONS.map((condition) => ({ spanevent: [condition] })),
  { span: ["kind == SPAN_KIND_PRODUCER", 'span.attributes["code"] == 0'], spanevent: ['spanevent.name == "event-2"'] },
  // What fails is before what holds, or behind it, in one trace.
  ...["propagate", "ignore", "silent"].map((error_mode) => ({ error_mode, span: ["Int(name) > 0 or true"] })),
  { error_mode: "propagate", span: ['ParseJSON(attributes["json"])["a"] == 1'] },
];
const SAMPLERS: readonly ComparedPipeline[] = POLICIES.map((ottl_condition, index) => ({
  name: `s${index}`,
  signal: "traces",
  processor: "tail_sampling",
  config: { decision_wait: "1s", policies: [{ name: "p", type: "ottl_condition", ottl_condition }] },
}));

/** Two spans a trace, and no schema URLs, which the stock tail sampling loses. */
function pairedSpans(): object {
  const json = ["{", '{"a":1}', '{"a":1}', "{", "{}", '{"a":2}'];
  let spans = 0;
  return JSON.parse(JSON.stringify(ottlSpans()), (key, value) => {
    if (key === "schemaUrl") return undefined;
    if (value?.spanId === undefined || value.name === undefined) return value;
    const [index, trace] = [spans, (spans >> 1) + 1];
    spans++;
    const attributes = [...value.attributes, { key: "json", value: { stringValue: json[index % json.length] } }];
    return { ...value, traceId: String(trace).padStart(32, "0"), attributes };
  });
}

describe("tail_sampling keeps the same traces", () => {
  let both: TwoCollectors;

  beforeAll(async () => {
    both = await startTwoCollectors(await temporaryFolder(), SAMPLERS);
    defer(() => both.stop());
    await both.send("traces", pairedSpans());
    await both.stop();
  }, 60_000);

  test.each(labelled(SAMPLERS))("%s: %s", (_signal, _config, pipeline) => {
    expect(difference(both.items("ours", pipeline), both.items("stock", pipeline))).toEqual(SAME);
  });

  test("of some policies a part", () => {
    const sizes = SAMPLERS.map((pipeline) => both.items("stock", pipeline).length);
    expect(sizes.filter((size) => size > 0 && size < 8).length).toBeGreaterThan(10);
  });
});
