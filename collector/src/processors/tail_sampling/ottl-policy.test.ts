import { readBatch } from "@venturi/otlp";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type ShortSpan, spansBatch, spansJson } from "../../testing/spans.test.fixture.js";
import { requestBytes } from "../../testing/telemetry.test.fixture.js";
import { tailSamplingProcessor } from "./tail-sampling.js";
import { startSampler } from "./tail-sampling.test.fixture.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The traces that a policy keeps, and what it says in the log. */
async function kept(ottl_condition: object, batch = spansBatch([{ spans }])): Promise<[number[], string]> {
  const sampler = await startSampler({ policies: [{ name: "p", type: "ottl_condition", ottl_condition }] });
  await sampler.processor.consume(batch);
  await vi.advanceTimersByTimeAsync(3000);
  await sampler.processor.shutdown();
  return [Object.keys(sampler.kept()).map(Number), sampler.host.lines.join("\n")];
}

const spans: readonly ShortSpan[] = [
  { trace: 1, name: "get", kind: 2 },
  { trace: 2, name: "put", attributes: { k: 5 } },
  { trace: 3, name: "put", parent: 7 },
  { trace: 3, name: "get", attributes: { k: "x" } },
];

test.each<readonly [string, readonly number[]]>([
  ['name == "get"', [1, 3]],
  ['span.attributes["k"] == 5', [2]],
  ["not IsRootSpan()", [3]],
  ['resource.attributes["service.name"] == "shop" and scope.name == "test"', [1, 2, 3]],
  ['resource.attributes["service.name"] == "other"', []],
])("span: %s", async (condition, expected) => {
  expect(await kept({ span: [condition] })).toEqual([expected, ""]);
});

test("one condition that holds is enough", async () => {
  expect(await kept({ span: ['attributes["k"] == 5', "kind == SPAN_KIND_SERVER"] })).toEqual([[1, 2], ""]);
});

test("span events, with their span", async () => {
  const event = (name: string) => ({ name, timeUnixNano: "5" });
  const names: Readonly<Record<string, string[]>> = { get: ["retry", "done"], put: ["done"] };
  const withEvents = JSON.parse(JSON.stringify(spansJson([{ spans }])), (_key, value) => {
    return value?.traceId === undefined ? value : { ...value, events: names[value.name]?.map(event) };
  });
  const batch = readBatch("traces", requestBytes("traces", withEvents));
  expect(await kept({ spanevent: ['name == "retry"'] }, batch)).toEqual([[1, 3], ""]);
  expect(await kept({ spanevent: ['name == "done" and span.attributes["k"] == 5'] }, batch)).toEqual([[2], ""]);
  expect(await kept({ spanevent: ['name == "none"'], span: ['name == "put"'] }, batch)).toEqual([[2, 3], ""]);
});

test("where errors propagate, what fails first or holds first settles a trace", async () => {
  const span = ['ParseJSON(attributes["k"])["a"] == 1'];
  const text = (trace: number, k: string): ShortSpan => ({ trace, attributes: { k } });
  const failing = spansBatch([
    { spans: [text(1, '{"a":1}'), text(1, "{"), text(2, "{"), text(2, '{"a":1}'), text(3, '{"a":2}')] },
  ]);
  expect(await kept({ error_mode: "propagate", span }, failing)).toEqual([[1], ""]);
  expect(await kept({ span }, failing)).toEqual([[1, 2], ""]);
  const [traces, lines] = await kept({ error_mode: "ignore", span }, failing);
  expect(traces).toEqual([1, 2]);
  expect(lines).toContain("failed to eval condition");
});

test("a condition that can never work is refused", () => {
  const policy = { name: "p", type: "ottl_condition", ottl_condition: { span: ['nam == "x"'] } };
  const { error } = tailSamplingProcessor.schema.safeParse({ policies: [policy] });
  expect(error?.issues.map(({ path }) => path)).toEqual([["policies", 0]]);
  expect(error?.issues[0]?.message).toContain('unknown path "nam"');
});
