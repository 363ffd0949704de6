import { type Batch, batchToBytes, protobufToJson, readBatch, type Signal } from "@venturi/otlp";
import { describe, expect, test } from "vitest";
import { StartError } from "../../component.js";
import { lend } from "../../lease.js";
import { Lane } from "../../ledger.js";
import { testHost } from "../../testing/host.test.fixture.js";
import { spansBatch } from "../../testing/spans.test.fixture.js";
import { gaugeJson, requestBytes } from "../../testing/telemetry.test.fixture.js";
import { attributesProcessor } from "./attributes.js";

function build(config: object, signal: Signal) {
  const out: Batch[] = [];
  const next = { consume: (batch: Batch) => void out.push(batch) };
  const host = testHost("processor", "attributes");
  const parsed = attributesProcessor.schema.parse(config);
  return { out, host, processor: attributesProcessor.create(parsed, signal, next, new Lane(), host) };
}

async function run(config: object, batch: Batch): Promise<Batch> {
  const { out, processor } = build(config, batch.signal);
  await processor.start();
  expect(await processor.consume(batch)).toBeUndefined();
  expect(out).toHaveLength(1);
  return out[0] as Batch;
}

/** The attributes of every item, `key=value` in their order. */
function attributesOf(batch: Batch): string[] {
  // What was written must be valid.
  const read = readBatch(batch.signal, batchToBytes(batch));
  expect(read.itemCount).toBe(batch.itemCount);
  const text = JSON.stringify(protobufToJson(batch.signal, batchToBytes(batch)));
  const lists: string[] = [];
  JSON.parse(text, (_key, value) => {
    const isItem = value?.traceId !== undefined || value?.timeUnixNano !== undefined || value?.body !== undefined;
    if (isItem) lists.push((value.attributes ?? []).map(shown).join(" "));
    return value;
  });
  return lists;
}

function shown({ key, value }: { key: string; value?: Record<string, unknown> }): string {
  const [type, inner] = Object.entries(value ?? {})[0] ?? ["empty", ""];
  return `${key}=${type.replace("Value", "")}:${typeof inner === "object" ? JSON.stringify(inner) : inner}`;
}

const SPAN = { a: "x", n: 7, d: 2.5, yes: true, url: "shop.example/cart/4", list: ["p", 1] };
const ALL = "a=string:x n=int:7 d=double:2.5 yes=bool:true url=string:shop.example/cart/4 list=array:";

/** One action on one span: what differs afterwards. */
async function after(action: object): Promise<string> {
  const result = await run({ actions: [action] }, spansBatch([{ spans: [{ trace: 1, attributes: SPAN }] }]));
  return attributesOf(result)[0] as string;
}

describe("actions", () => {
  const x = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
  const cases: readonly (readonly [object, string, string])[] = [
    [{ key: "b", value: "v", action: "insert" }, "", " b=string:v"],
    [{ key: "b", value: 3, action: "UPSERT" }, "", " b=int:3"],
    [{ key: "b", value: 2.5, action: "upsert" }, "", " b=double:2.5"],
    [{ key: "a", value: false, action: "update" }, "a=string:x", "a=bool:false"],
    [{ key: "b", from_attribute: "n", action: "insert" }, "", " b=int:7"],
    [{ key: "b", from_attribute: "none", default_value: "z", action: "insert" }, "", " b=string:z"],
    [{ key: "a", default_value: 1, action: "update" }, "a=string:x", "a=int:1"],
    [{ key: "a", action: "delete" }, "a=string:x ", ""],
    [{ key: "a", pattern: "^[dy]", action: "delete" }, "a=string:x n=int:7 d=double:2.5 yes=bool:true", "n=int:7"],
    [{ key: "a", action: "hash" }, "a=string:x", `a=string:${x}`],
    [{ key: "a", converted_type: "string", action: "convert" }, "", ""],
    [{ key: "n", converted_type: "string", action: "convert" }, "n=int:7", "n=string:7"],
    [{ key: "n", converted_type: "double", action: "convert" }, "n=int:7", "n=double:7"],
    [{ key: "d", converted_type: "int", action: "convert" }, "d=double:2.5", "d=int:2"],
    [{ key: "yes", converted_type: "int", action: "convert" }, "yes=bool:true", "yes=int:1"],
    [{ key: "a", converted_type: "int", action: "convert" }, "", ""],
    [{ key: "list", converted_type: "double", action: "convert" }, "", ""],
    [{ key: "url", pattern: "^(?P<host>[^/]+)/(?P<n>\\w+)", action: "extract" }, "n=int:7", "n=string:cart"],
  ];
  test.each(cases)("%j", async (action, before, now) => {
    const text = await after(action);
    const unchanged = await after({ key: "none", action: "delete" });
    if (before === "") expect(text.startsWith(unchanged) && text.includes(now)).toBe(true);
    else expect(text.startsWith(unchanged.replace(before, now))).toBe(true);
    expect(unchanged.startsWith(ALL)).toBe(true);
  });

  test("what changes nothing hands on the same batch", async () => {
    const actions = [
      { key: "a", value: "x", action: "upsert" },
      { key: "list", value: ["p", 1], action: "upsert" },
      { key: "n", value: 8, action: "insert" },
      { key: "none", value: 8, action: "update" },
      { key: "none", action: "hash" },
      { key: "none", pattern: "^zz", action: "delete" },
      { key: "a", pattern: "(?P<a>x)", action: "extract" },
      { key: "n", converted_type: "int", action: "convert" },
    ];
    const batch = spansBatch([{ spans: [{ trace: 1, attributes: SPAN }] }]);
    expect(await run({ actions }, batch)).toBe(batch);
  });

  test("a batch whose items change stands in for the one that was lent", async () => {
    const batch = spansBatch([{ spans: [{ trace: 1, attributes: SPAN }] }]);
    let released = 0;
    lend(batch, { release: () => void released++ });
    const { giveBack } = await import("../../lease.js");
    const changed = await run({ actions: [{ key: "b", value: 1, action: "insert" }] }, batch);
    expect(changed).not.toBe(batch);
    giveBack(changed);
    expect(released).toBe(1);
  });
});

describe("include and exclude", () => {
  const mark = [{ key: "m", value: 1, action: "insert" }];
  const marked = async (config: object, batch: Batch): Promise<string> =>
    attributesOf(await run({ ...config, actions: mark }, batch))
      .map((text) => (text.includes("m=int:1") ? "1" : "0"))
      .join("");
  const spans = spansBatch([
    { attributes: { "service.name": "shop" }, spans: [{ trace: 1, name: "get", kind: 2, attributes: { k: 5 } }] },
    { attributes: { zone: "eu" }, spans: [{ trace: 2, name: "put", kind: 3, attributes: { k: "5" } }, { trace: 3 }] },
  ]);
  const strict = { match_type: "strict" };
  const regexp = { match_type: "regexp" };
  const cases: readonly (readonly [object, string])[] = [
    [{ ...strict, services: ["shop"] }, "100"],
    [{ ...strict, services: ["<nil-service-name>"] }, "011"],
    [{ ...regexp, span_names: ["^g", "^p"] }, "110"],
    [{ ...regexp, regexp: { cacheenabled: true, cachemaxnumentries: 1 }, span_names: ["t$"] }, "110"],
    [{ ...strict, span_kinds: ["SPAN_KIND_CLIENT", "SPAN_KIND_INTERNAL"] }, "011"],
    [{ ...strict, attributes: [{ key: "k" }] }, "110"],
    [{ ...strict, attributes: [{ key: "k", value: 5 }] }, "100"],
    [{ ...regexp, attributes: [{ key: "k", value: "^5$" }] }, "110"],
    [{ ...strict, resources: [{ key: "zone", value: "eu" }], span_names: ["put"] }, "010"],
    [{ ...strict, libraries: [{ name: "test", version: "" }] }, "111"],
    [{ ...strict, libraries: [{ name: "test" }, { name: "other" }] }, "000"],
  ];
  test.each(cases)("%j", async (match, expected) => {
    expect(await marked({ include: match }, spans)).toBe(expected);
    const others = expected.replace(/./g, (digit) => (digit === "1" ? "0" : "1"));
    expect(await marked({ exclude: match }, spans)).toBe(others);
  });

  test("log records by body and severity", async () => {
    const record = (body: string, severityNumber: number) => ({ body: { stringValue: body }, severityNumber });
    const json = {
      resourceLogs: [{ scopeLogs: [{ logRecords: [record("ok", 9), record("bad", 17), record("", 0)] }] }],
    };
    const logs = readBatch("logs", requestBytes("logs", json));
    expect(await marked({ include: { ...regexp, log_bodies: ["^(ok|)$"] } }, logs)).toBe("101");
    expect(await marked({ include: { ...strict, log_severity_number: { min: 13 } } }, logs)).toBe("010");
    const undefinedToo = { min: 13, match_undefined: true };
    expect(await marked({ include: { ...strict, log_severity_number: undefinedToo } }, logs)).toBe("011");
  });

  test("metrics by name, each batch anew although it lies in the same memory", async () => {
    const { out, processor } = build({ include: { ...strict, metric_names: ["aaa"] }, actions: mark }, "metrics");
    const first = readBatch("metrics", requestBytes("metrics", gaugeJson("aaa", 1)));
    await processor.consume(first);
    expect(attributesOf(out[0] as Batch)).toEqual(["m=int:1"]);
    first.slices[0]?.set(requestBytes("metrics", gaugeJson("bbb", 1)));
    await processor.consume(first);
    expect(out[1]).toBe(first);
  });
});

describe("configuration", () => {
  const one = (action: object) => attributesProcessor.schema.safeParse({ actions: [{ key: "k", ...action }] });
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ action: "insert" }, /"insert" needs a "value"/],
    [{ action: "insert", value: 1, from_attribute: "b" }, /not from both/],
    [{ action: "insert", from_context: "metadata.x" }, /not supported: there is no client metadata/],
    [{ action: "upsert", value: 1, pattern: "x" }, /does not use "pattern"/],
    [{ action: "delete", value: 1 }, /does not use "value"/],
    [{ action: "hash", key: "" }, /needs a "key" or a "pattern"/],
    [{ action: "extract", pattern: "(x)" }, /group without a name/],
    [{ action: "extract", pattern: "x" }, /no named group/],
    [{ action: "extract", pattern: "(?P<a>x" }, /invalid regular expression/],
    [{ action: "convert" }, /needs a "converted_type"/],
    [{ action: "convert", converted_type: "bool" }, /converted_type/],
    [{ action: "remove" }, /action/],
  ];
  test.each(cases)("%j is refused", (action, message) => {
    const result = one(action);
    expect(result.success).toBe(false);
    expect(JSON.stringify(result.error?.issues).replaceAll('\\"', '"')).toMatch(message);
  });

  test("a match that says nothing about the signal keeps the collector from starting", async () => {
    const include = { match_type: "strict", log_bodies: ["a"] };
    const { processor } = build({ include, actions: [{ key: "k", action: "delete" }] }, "traces");
    await expect(processor.start()).rejects.toThrow(StartError);
    await expect(processor.start()).rejects.toThrow("include: log_bodies cannot be matched in a pipeline of traces");
  });
});
