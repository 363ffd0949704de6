import { beforeAll, expect, test } from "vitest";
import { cleanup } from "./support/cleanup.js";
import { type ComparedPipeline, startTwoCollectors, type TwoCollectors } from "./support/two-collectors.js";

/** One statement a pipeline, on the same spans, through the stock transform processor and ours. */
const statements: readonly string[] = [
  'set(attributes["region"], "eu")',
  'set(attributes["region"], resource.attributes["cloud.region"])',
  'set(name, attributes["http.route"]) where kind == SPAN_KIND_SERVER',
  'set(name, Concat([attributes["http.request.method"], attributes["http.route"]], " ")) where attributes["http.route"] != nil',
  'delete_key(attributes, "http.route")',
  'delete_matching_keys(attributes, "(?i)^HTTP")',
  'keep_keys(attributes, ["http.route", "size"])',
  'keep_matching_keys(attributes, "^s")',
  "limit(attributes, 2, [])",
  "truncate_all(attributes, 3)",
  'replace_pattern(name, "[0-9]+", "{id}")',
  'replace_pattern(attributes["url.path"], "/(\\\\d+)", "/<$$1>")',
  'replace_match(attributes["http.route"], "/items/*", "items")',
  'replace_all_patterns(attributes, "value", "o", "0")',
  'replace_all_matches(attributes, "/*", "path")',
  'merge_maps(attributes, {"a": 1, "b": "two", "size": 0}, "insert")',
  'set(attributes["len"], Len(name))',
  'set(attributes["hash"], SHA256(name))',
  'set(attributes["fnv"], FNV(name))',
  'set(attributes["parts"], Split(attributes["url.path"], "/"))',
  'set(attributes["sub"], Substring(name, 0, 3))',
  'set(attributes["int"], Int("12")) where IsMatch(name, "^GET .*")',
  'set(attributes["double"], Double(attributes["size"]) * 1.5 + 1)',
  'set(attributes["text"], String(attributes["size"]))',
  'set(attributes["json"], ParseJSON("{\\"a\\":[1,true,null]}"))',
  'set(attributes["lower"], ConvertCase(attributes["http.request.method"], "lower"))',
  'set(status.code, STATUS_CODE_ERROR) where attributes["size"] > 15',
  'set(status.message, "large") where attributes["size"] >= 20 and not (kind == SPAN_KIND_CLIENT)',
  'set(attributes["ms"], Milliseconds(end_time - start_time))',
  'set(attributes["trace"], trace_id.string)',
  'set(attributes["present"], true) where attributes["cached"] == false or attributes["missing"] != nil',
  'set(attributes["url"], URL("http://user@example.com:8080/a?b=c#d"))',
  'flatten(attributes, "x", 1)',
  'set(attributes["first"], attributes["tags"][0]) where IsList(attributes["tags"])',
];

const pipelines: readonly ComparedPipeline[] = statements.map((statement, index) => ({
  name: `t${index}`,
  signal: "traces",
  processor: "transform",
  config: { error_mode: "ignore", trace_statements: [{ context: "span", statements: [statement] }] },
}));

const { temporaryFolder } = cleanup();
let collectors: TwoCollectors;

const text = (key: string, stringValue: string): object => ({ key, value: { stringValue } });

function span(index: number): object {
  return {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: `b7ad6b716920333${index}`,
    name: `GET /items/${index}`,
    kind: 2 + (index % 2),
    // The stock collector writes an empty status too, which says the same as none.
    status: { code: 1 },
    startTimeUnixNano: "1700000000000000000",
    endTimeUnixNano: `17000000000${index}5000000`,
    attributes: [
      text("http.request.method", "GET"),
      text("http.route", "/items/{id}"),
      text("url.path", `/items/${index}4/parts/${index}`),
      { key: "size", value: { intValue: String(index * 10) } },
      { key: "cached", value: { boolValue: index === 1 } },
      { key: "tags", value: { arrayValue: { values: [{ stringValue: "one" }, { stringValue: "two" }] } } },
      { key: "map", value: { kvlistValue: { values: [text("inner", "x")] } } },
    ],
  };
}

beforeAll(async () => {
  collectors = await startTwoCollectors(await temporaryFolder(), pipelines);
  const resource = { attributes: [text("service.name", "shop"), text("cloud.region", "eu-1")] };
  await collectors.send("traces", { resourceSpans: [{ resource, scopeSpans: [{ spans: [0, 1, 2, 3].map(span) }] }] });
  await collectors.stop();
}, 60_000);

for (const [index, statement] of statements.entries()) {
  test(statement, () => {
    const pipeline = pipelines[index] as ComparedPipeline;
    const stock = collectors.items("stock", pipeline);
    expect(stock).toHaveLength(4);
    expect(collectors.items("ours", pipeline)).toEqual(stock);
  });
}
