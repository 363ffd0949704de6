import { Writer } from "@venturi/otlp";
import { officialLogs, officialMetrics, officialTraces } from "../../../otlp/dist/testing/official.test.fixture.js";
import { varint } from "./mutate-protobuf.js";

/** OTLP as the official SDK writes it, small enough for volume. */
export interface OtlpSeeds {
  readonly protobuf: readonly Buffer[];
  readonly json: readonly Buffer[];
}

const DELTA = 0;
const CUMULATIVE = 1;

export async function otlpSeeds(): Promise<Readonly<Record<"traces" | "metrics" | "logs", OtlpSeeds>>> {
  const metrics = [await officialMetrics(CUMULATIVE), await officialMetrics(DELTA)];
  return {
    traces: both([officialTraces(1), officialTraces(4)]),
    metrics: both(metrics),
    logs: both([officialLogs()]),
  };
}

function both(requests: readonly { readonly protobuf: Uint8Array; readonly json: Uint8Array }[]): OtlpSeeds {
  return {
    protobuf: requests.map(({ protobuf }) => Buffer.from(protobuf)),
    json: requests.map(({ json }) => Buffer.from(json)),
  };
}

export const zipkinSeeds: readonly Buffer[] = [
  [
    {
      traceId: "5af7183fb1d4cf5f",
      id: "352bff9a74ca9ad2",
      parentId: "6b221d5bc9e6496c",
      name: "get /api",
      kind: "CLIENT",
      timestamp: 1_556_604_172_355_737,
      duration: 1431,
      localEndpoint: { serviceName: "frontend", ipv4: "192.168.99.1", port: 3306 },
      remoteEndpoint: { serviceName: "backend", ipv6: "2001:db8::c001", port: 9000 },
      annotations: [{ timestamp: 1_556_604_172_355_737, value: "cache.miss" }],
      tags: { "http.method": "GET", "http.status_code": "500", error: "böse", "otel.library.name": "x" },
      shared: true,
      debug: false,
    },
    { traceId: "5af7183fb1d4cf5f5af7183fb1d4cf5f", id: "1", tags: { "w3c.tracestate": "a=b" }, kind: "PRODUCER" },
  ],
  [],
].map((spans) => Buffer.from(JSON.stringify(spans)));

export const textSeeds: readonly Buffer[] = [
  `# HELP http_requests_total Requests \\\\ seen\\n
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="a\\"b\\\\\\n",job="own"} 3
# TYPE rpc_seconds summary
rpc_seconds{quantile="0.5"} 4773
rpc_seconds_sum 1.7560473e+07
rpc_seconds_count 2693
# TYPE h histogram
h_bucket{le="0.1"} 3
h_bucket{le="+Inf"} 5
h_sum 1.5
h_count 5
# TYPE g gauge
g{x="ü"} -Inf
{"with.dots", a="b"} NaN
target_info{service_version="1"} 1
`,
].map((text) => Buffer.from(text));

export const openMetricsSeeds: readonly Buffer[] = [
  `# TYPE h_seconds histogram
# UNIT h_seconds seconds
h_seconds_bucket{le="1"} 1 1.5 # {trace_id="abc"} 0.5 1.25
h_seconds_bucket{le="+Inf"} 2 1.5
h_seconds_count 2 1.5
h_seconds_sum 3 1.5
h_seconds_created 1.25
# TYPE r counter
r_total{otel_scope_name="s"} 1 # {} 2
r_created 1700000000.5
# TYPE i info
i_info{version="1"} 1
# TYPE st stateset
st{st="a"} 1
# EOF
`,
].map((text) => Buffer.from(text));

/** A page of io.prometheus.client.MetricFamily: a counter with an exemplar, a summary, a native histogram. */
export const metricFamilySeeds: readonly Buffer[] = [
  Buffer.concat([
    family("c_total", 0, (metric) => {
      const counter = metric.open(3);
      metric.doubleField(1, 7);
      exemplar(metric, 2);
      metric.close(counter);
      metric.int64Field(6, 1_700_000_000_001n);
    }),
    family("s", 2, (metric) => {
      const summary = metric.open(4);
      metric.int64Field(1, 9n);
      metric.doubleField(2, 4.5);
      const quantile = metric.open(3);
      metric.doubleField(1, 0.99);
      metric.doubleField(2, 3);
      metric.close(quantile);
      metric.close(summary);
    }),
    family("h", 4, nativeHistogram),
  ]),
];

function nativeHistogram(metric: Writer): void {
  const histogram = metric.open(7);
  metric.int64Field(1, 6n);
  metric.doubleField(2, 8.5);
  const bucket = metric.open(3);
  metric.int64Field(1, 4n);
  metric.doubleField(2, 1);
  exemplar(metric, 3);
  metric.close(bucket);
  metric.sint32Field(5, 2);
  metric.doubleField(6, 0.001);
  metric.int64Field(7, 1n);
  const span = metric.open(12);
  metric.sint32Field(1, -3);
  metric.uint32Field(2, 2);
  metric.close(span);
  for (const delta of [2n, 1n]) metric.int64Field(13, delta << 1n);
  metric.close(histogram);
}

function exemplar(writer: Writer, field: number): void {
  const start = writer.open(field);
  const label = writer.open(1);
  writer.stringField(1, "trace_id");
  writer.stringField(2, "abc");
  writer.close(label);
  writer.doubleField(2, 0.5);
  const time = writer.open(3);
  writer.int64Field(1, 1_700_000_000n);
  writer.int64Field(2, 250_000_000n);
  writer.close(time);
  writer.close(start);
}

/** A delimited MetricFamily with one metric, of which `write` writes the inside. */
function family(name: string, type: number, write: (metric: Writer) => void): Buffer {
  const message = new Writer();
  message.stringField(1, name);
  message.stringField(2, "Help.");
  message.uint32Field(3, type);
  const metric = message.open(4);
  const label = message.open(1);
  message.stringField(1, "a");
  message.stringField(2, "b");
  message.close(label);
  write(message);
  message.close(metric);
  const bytes = message.finish();
  return Buffer.concat([varint(bytes.length), bytes]);
}

const post = (path: string, body: string, headers = ""): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
const chunked = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

/** Byte streams of HTTP clients: plain, pipelined, chunked. */
export const httpSeeds: readonly Buffer[] = [
  post("/a", "abc"),
  post("/a", "hello", "content-type: text/x\r\nContent-Encoding:\tgzip \r\n"),
  post("/a", "one") + post("/b", "two") + post("/a", ""),
  chunked,
  post("/a", "1") + chunked + post("/b", "3"),
  post("/a", "abc", "Connection: keep-alive\r\nUser-Agent: OTel-OTLP-Exporter-JavaScript/0.223.0\r\nAccept: */*\r\n"),
  post("/a", "abc", "Expect: 100-continue\r\n"),
].map((text) => Buffer.from(text, "latin1"));
