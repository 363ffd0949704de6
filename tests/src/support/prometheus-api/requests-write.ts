import type { FloatHistogram } from "@venturi/promql";
import { histogramBytes } from "../../promql/remote-write.js";
import { writeRequestBytes, writeRequestV2Bytes, writeV1, writeV2 } from "./corpus.js";
import type { ApiRequest } from "./exchange.js";

type Series = Parameters<typeof writeRequestV2Bytes>[0][number];

const named = (name: string, request: ApiRequest): ApiRequest => ({ ...request, name });
const first = (name: string, series: readonly Series[], headers: Record<string, string> = {}): ApiRequest =>
  named(`1.0: ${name}`, writeV1(writeRequestBytes(series), headers));
const second = (name: string, series: readonly Series[], headers: Record<string, string> = {}): ApiRequest =>
  named(`2.0: ${name}`, writeV2(writeRequestV2Bytes(series), headers));

/** Remote write, good and bad, in an order that matters: later requests repeat earlier samples. */
export function writeRequests(endMs: number): ApiRequest[] {
  const one = (name: string, timeMs = endMs, value = 1): Series => ({
    labels: { __name__: name, job: "w" },
    samples: [[timeMs, value]],
  });
  const farMs = Date.now() + 3_600_000;
  const trace = [{ labels: { trace_id: "a" }, value: 1, timestampMs: endMs }];
  return [
    first("nothing", []),
    first("a sample", [one("w1")]),
    first("the same sample", [one("w1")]),
    first("another value for its time", [one("w1", endMs, 2)]),
    first("an older sample", [one("w1", endMs - 1000)]),
    first("a sample of next hour", [one("w1", farMs)]),
    first("no name", [{ labels: { job: "w" }, samples: [[endMs, 1]] }]),
    first("no labels", [{ labels: {}, samples: [[endMs, 1]] }]),
    first("an empty label name", [{ labels: { __name__: "w1", "": "x" }, samples: [[endMs + 1, 1]] }]),
    first("no samples", [{ labels: { __name__: "w1none" }, samples: [] }]),
    first("an exemplar", [{ ...one("w1exemplar"), exemplars: trace }]),
    first("the same exemplar", [{ ...one("w1exemplar"), exemplars: trace }]),
    first("a histogram", [histogram("w1histogram", endMs, good)]),
    first("a broken histogram", [histogram("w1histogram", endMs + 1, { ...good, count: 1 })]),
    second("nothing", []),
    second("a sample", [one("w2")]),
    second("the same sample", [one("w2")]),
    second("another value for its time", [one("w2", endMs, 2)]),
    second("an older sample", [one("w2", endMs - 1000)]),
    second("a sample of next hour", [one("w2", farMs)]),
    second("good and bad ones", [one("w2b"), one("w2", endMs, 3), one("w2c"), one("w2", endMs - 1), one("w2d")]),
    second("no name", [{ labels: { job: "w" }, samples: [[endMs, 1]] }]),
    second("no labels", [{ labels: {}, samples: [[endMs, 1]] }]),
    second("an empty label name", [{ labels: { __name__: "w2", "": "x" }, samples: [[endMs + 1, 1]] }]),
    second("no samples", [{ labels: { __name__: "w2none", b: 'x"\n' }, samples: [] }]),
    second("metadata alone", [{ labels: { __name__: "w2none" }, samples: [], metadata: { type: 1, help: "x" } }]),
    second("an exemplar", [{ ...one("w2exemplar"), exemplars: trace }]),
    second("the same exemplar", [{ ...one("w2exemplar"), exemplars: trace }]),
    second("a histogram", [histogram("w2histogram", endMs, good)]),
    second("a stale histogram and a float", [histogram("w2mixed", endMs, good), one("w2mixed", endMs + 1)]),
    ...brokenBuckets(endMs),
    ...contentTypes(endMs),
  ];
}

const good: FloatHistogram = {
  schema: 0,
  zeroThreshold: 0.001,
  zeroCount: 1,
  count: 4,
  sum: 5,
  positiveSpans: [{ offset: 0, length: 2 }],
  negativeSpans: [],
  positiveBuckets: Float64Array.of(1, 2),
  negativeBuckets: new Float64Array(0),
  counterResetHint: 0,
};

function histogram(name: string, timeMs: number, value: FloatHistogram): Series {
  return { labels: { __name__: name, job: "w" }, samples: [], histograms: [histogramBytes(value, timeMs)] };
}

/** Each is refused with a text of its own. */
function brokenBuckets(endMs: number): ApiRequest[] {
  const cases: Record<string, Partial<FloatHistogram>> = {
    "fewer buckets than spans": { positiveBuckets: Float64Array.of(1) },
    "more buckets than spans": { positiveBuckets: Float64Array.of(1, 2, 3) },
    "a negative bucket": { positiveBuckets: Float64Array.of(1, -2) },
    "a negative offset": {
      positiveSpans: [
        { offset: 0, length: 1 },
        { offset: -1, length: 1 },
      ],
    },
    "an unknown schema": { schema: 53 },
    "custom bounds out of order": { schema: -53, zeroCount: 0, zeroThreshold: 0, customValues: Float64Array.of(2, 1) },
    "custom bounds of another schema": { customValues: Float64Array.of(1, 2) },
  };
  return Object.entries(cases).map(([name, change], index) => {
    return second(`${name}`, [histogram("w2broken", endMs + index, { ...good, ...change })]);
  });
}

function contentTypes(endMs: number): ApiRequest[] {
  const body = writeRequestBytes([{ labels: { __name__: "w3" }, samples: [[endMs, 1]] }]);
  const types = [
    "application/x-protobuf;proto=prometheus.WriteRequest",
    "application/x-protobuf; proto=prometheus.WriteRequest",
    "application/x-protobuf;proto=io.prometheus.write.v3.Request",
    "application/x-protobuf;proto",
    "application/x-protobuf;proto=a=b",
    "application/x-protobuf;other=1",
    "application/json",
    "text/plain",
  ];
  const broken = { ...writeV1(body), body: Buffer.from("not snappy") };
  return [
    ...types.map((type) => named(`type ${type}`, writeV1(body, { "content-type": type }))),
    ...["gzip", "zstd", "", "SNAPPY"].map((one) =>
      named(`encoding ${one}`, writeV1(body, { "content-encoding": one })),
    ),
    named("broken snappy", broken),
    named("broken protobuf", writeV1(Uint8Array.of(10, 255, 1))),
    named("2.0: broken protobuf", writeV2(Uint8Array.of(42, 255, 1))),
    named("2.0: references beyond the symbols", writeV2(Uint8Array.of(34, 0, 42, 4, 10, 2, 1, 2))),
    named("2.0: an odd number of references", writeV2(Uint8Array.of(34, 0, 42, 3, 10, 1, 0))),
    named("an empty body", { ...writeV1(new Uint8Array(0)), body: "" }),
  ];
}
