import { AggregationTemporality } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { MalformedOtlpError } from "../model/errors.js";
import type { Signal } from "../model/signal.js";
import {
  type OfficialRequest,
  officialLogs,
  officialMetrics,
  officialTraces,
} from "../testing/official.test.fixture.js";
import { readBatch } from "../wire/read-batch.js";
import { jsonToProtobuf } from "./json-to-protobuf.js";
import { protobufToJson } from "./protobuf-to-json.js";

const official: [Signal, () => OfficialRequest | Promise<OfficialRequest>][] = [
  ["traces", () => officialTraces(5)],
  ["metrics", () => officialMetrics(AggregationTemporality.CUMULATIVE)],
  ["logs", officialLogs],
];

/** The span that `fields` describe, transcoded and decoded again. */
function span(fields: string): unknown {
  return first(transcode("traces", `{"resourceSpans":[{"scopeSpans":[{"spans":[{${fields}}]}]}]}`), "spans");
}

/** A data point of a metric of kind `kind`. */
function point(kind: string, fields: string): unknown {
  const json = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"${kind}":{"dataPoints":[{${fields}}]}}]}]}]}`;
  return first(transcode("metrics", json), "dataPoints");
}

function transcode(signal: Signal, json: string): object {
  return protobufToJson(signal, jsonToProtobuf(signal, Buffer.from(json)));
}

/** The first element of the list `name`, wherever it is. */
function first(tree: unknown, name: string): unknown {
  if (typeof tree !== "object" || tree === null) return undefined;
  for (const [key, value] of Object.entries(tree)) {
    const found = key === name ? (value as unknown[])[0] : first(value, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** 64-bit integers may be numbers or strings in JSON, and defaults present or absent; this makes texts comparable. */
function normalize(tree: unknown, key = ""): unknown {
  if (Array.isArray(tree)) return tree.map((element) => normalize(element, key));
  if (typeof tree === "object" && tree !== null) {
    const members = Object.entries(tree).map(([name, value]): [string, unknown] => [name, normalize(value, name)]);
    return Object.fromEntries(members.filter(([name, value]) => !isDefault(name, value)));
  }
  return typeof tree === "number" && /^(intValue|asInt|count|zeroCount|bucketCounts)$/.test(key) ? String(tree) : tree;
}

function isDefault(name: string, value: unknown): boolean {
  if (/Value$|^as/.test(name)) return false;
  return (
    value === 0 || value === "0" || value === "" || value === false || (Array.isArray(value) && value.length === 0)
  );
}

describe.each(official)("official %s", (signal, make) => {
  it("become the same message from JSON as from protobuf", async () => {
    const { json, protobuf } = await make();
    const transcoded = jsonToProtobuf(signal, json);
    expect(readBatch(signal, transcoded).itemCount).toBe(readBatch(signal, protobuf).itemCount);
    const expected = normalize(JSON.parse(Buffer.from(json).toString()));
    expect(normalize(protobufToJson(signal, protobuf))).toEqual(expected);
    expect(normalize(protobufToJson(signal, transcoded))).toEqual(expected);
  });
});

describe("jsonToProtobuf", () => {
  it.each([
    [
      "ids in hex of either case",
      `"traceId":"5B8EFFF798038103D269B633813FC60C"`,
      { traceId: "5b8efff798038103d269b633813fc60c" },
    ],
    ["an empty id as none", `"parentSpanId":"","name":"x"`, { name: "x" }],
    ["an enum as number", `"kind":2`, { kind: 2 }],
    ["an enum by name", `"kind":"SPAN_KIND_CLIENT"`, { kind: 3 }],
    ["an enum of the future", `"kind":77`, { kind: 77 }],
    [
      "every digit of a time that is a number",
      `"startTimeUnixNano":1544712660300000001`,
      { startTimeUnixNano: "1544712660300000001" },
    ],
    [
      "a time that is a string",
      `"endTimeUnixNano":"18446744073709551615"`,
      { endTimeUnixNano: "18446744073709551615" },
    ],
    ["snake_case", `"start_time_unix_nano":"5","trace_state":"a=b"`, { startTimeUnixNano: "5", traceState: "a=b" }],
    ["unknown members as nothing", `"future":{"a":[1,{"b":null}]},"name":"x"`, { name: "x" }],
    ["null as nothing", `"name":null,"attributes":null,"kind":1`, { kind: 1 }],
    ["escapes", String.raw`"name":"\u00e4\ud83c\udf88\n\"\/"`, { name: 'ä🎈\n"/' }],
    ["white space", ` "name" :\t"x" ,\r\n "kind" : 1 `, { name: "x", kind: 1 }],
    [
      "every kind of value",
      `"attributes":[{"key":"a","value":{"stringValue":""}},{"key":"b","value":{"boolValue":false}},{"key":"c","value":{"intValue":-9223372036854775808}},
       {"key":"d","value":{"doubleValue":"NaN"}},{"key":"e","value":{"bytesValue":"-_8="}},{"key":"f","value":{"arrayValue":{"values":[{"intValue":"1"}]}}},
       {"key":"g","value":{"kvlistValue":{"values":[{"key":"k","value":{"doubleValue":1e-3}}]}}},{"key":"h","value":{}}]`,
      {
        attributes: [
          { key: "a", value: { stringValue: "" } },
          { key: "b", value: { boolValue: false } },
          { key: "c", value: { intValue: "-9223372036854775808" } },
          { key: "d", value: { doubleValue: "NaN" } },
          { key: "e", value: { bytesValue: "+/8=" } },
          { key: "f", value: { arrayValue: { values: [{ intValue: "1" }] } } },
          { key: "g", value: { kvlistValue: { values: [{ key: "k", value: { doubleValue: 0.001 } }] } } },
          { key: "h", value: {} },
        ],
      },
    ],
  ])("reads %s", (_name, fields, expected) => {
    expect(span(fields)).toEqual(expected);
  });

  it("packs numbers", () => {
    const fields = `"bucketCounts":["1",2,"18446744073709551615"],"explicitBounds":[0.5,"Infinity"],"sum":-1.5,"count":"3"`;
    expect(point("histogram", fields)).toEqual({
      bucketCounts: ["1", "2", "18446744073709551615"],
      explicitBounds: [0.5, "Infinity"],
      sum: -1.5,
      count: "3",
    });
    expect(point("exponentialHistogram", `"scale":-3,"positive":{"offset":-2,"bucketCounts":[1,"300"]}`)).toEqual({
      scale: -3,
      positive: { offset: -2, bucketCounts: ["1", "300"] },
    });
  });

  it.each([
    [
      `{"resourceSpans":[{"scopeSpans":[{"spans":[{},{"traceId":"abc"}]}]}]}`,
      "resourceSpans[0].scopeSpans[0].spans[1].traceId: expected 32 hex digits",
    ],
    [
      `{"resourceSpans":[{"scopeSpans":[{"spans":[{"spanId":"zz8efff798038103"}]}]}]}`,
      "spanId: expected 16 hex digits",
    ],
    [`{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"SERVER"}]}]}]}`, 'kind: unknown kind "SERVER"'],
    [`{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"toString"}]}]}]}`, 'kind: unknown kind "toString"'],
    [`{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":5}]}]}]}`, "name: expected a string, found a number"],
    [`{"resourceSpans":[{"scopeSpans":[{"spans":{}}]}]}`, "spans: expected a list, found an object"],
    [`{"resourceSpans":[null]}`, "resourceSpans[0]: expected ResourceSpans, found null"],
    [
      `{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"-1"}]}]}]}`,
      "expected an integer from 0 to 18446744073709551615",
    ],
    [`{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":1.5}]}]}]}`, "expected an integer from 0"],
    [
      `{"resourceSpans":[{"scopeSpans":[{"spans":[{"flags":4294967296}]}]}]}`,
      "expected an integer from 0 to 4294967295",
    ],
    [
      `{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":{"boolValue":1}}]}}]}`,
      "boolValue: expected true or false, found a number",
    ],
    [
      `{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":{"bytesValue":"%"}}]}}]}`,
      "bytesValue: expected base64",
    ],
    [
      `{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":{"doubleValue":"much"}}]}}]}`,
      "doubleValue: expected a number",
    ],
    ["", "unexpected end of JSON"],
    ["[]", "expected ExportTraceServiceRequest, found an array"],
    ["{", "expected a member name"],
    [`{"a":1}x`, "text after the end"],
    [`{"a":1,}`, "expected a member name"],
    [`{"a" 1}`, "expected a colon"],
    [`{"a":[1 2]}`, "expected a comma"],
    [`{"a":01}`, "not a JSON number"],
    [`{"a":tru}`, "not a JSON value"],
    [`{"a":"\n"}`, "control character"],
    [`{"a":"\\x"}`, "bad escape"],
    [`{"a":"`, "unterminated string"],
  ])("rejects %s", (json, problem) => {
    const act = () => jsonToProtobuf("traces", Buffer.from(json));
    expect(act).toThrow(MalformedOtlpError);
    expect(act).toThrow(problem);
  });

  it("rejects an attribute nested too deep, and bytes that are not UTF-8", () => {
    const value = `${'{"arrayValue":{"values":['.repeat(200)}{}${"]}}".repeat(200)}`;
    const json = `{"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":${value}}]}}]}`;
    expect(() => jsonToProtobuf("traces", Buffer.from(json))).toThrow("nested deeper than 100");
    expect(() => jsonToProtobuf("traces", Buffer.from(`{"a":${"[".repeat(5000)}`))).toThrow("nested too deep");
    expect(() => jsonToProtobuf("traces", Uint8Array.of(0x7b, 0xff, 0x7d))).toThrow("not valid UTF-8");
  });

  it("says at which byte", () => {
    const json = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":5}]}]}]}`;
    expect(() => jsonToProtobuf("traces", Buffer.from(json))).toThrow(
      expect.objectContaining({ offset: json.indexOf("5") }),
    );
  });
});
