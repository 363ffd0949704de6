/** Where a collector listens and what it sends to. */
export interface Ports {
  readonly receive: number;
  readonly sink: number;
  readonly prometheus: number;
  readonly telemetry: number;
}

export interface Case {
  readonly name: string;
  readonly title: string;
  readonly protocol: "http" | "grpc";
  /** Least ratio of spans per CPU-second over otelcol's that is wanted, and below which the work is not done. */
  readonly wanted: number;
  readonly least: number;
  readonly spanNames: number;
  readonly requests: number;
  /** What must come out: every span at the sink, the same number in `calls`, or a part that both agree on. */
  readonly delivers: { readonly spans: boolean; readonly calls: boolean; readonly sampled: boolean };
  /** The same text for both collectors. `level` is the gzip level at which ours writes no more bytes than otelcol. */
  config(ports: Ports, ours: boolean): string;
}

/** Level of node:zlib whose output is no larger than that of the otelcol's default; the table says both sizes. */
const gzipLevel = 6;

export const cases: readonly Case[] = [
  {
    name: "A",
    title: "OTLP/HTTP → batch 8192 → OTLP/HTTP",
    protocol: "http",
    wanted: 10,
    least: 5,
    spanNames: 20,
    requests: 200,
    delivers: { spans: true, calls: false, sampled: false },
    config: (ports) => forward(ports, "http", "none"),
  },
  {
    name: "A-gz",
    title: "as A, gzip out",
    protocol: "http",
    wanted: 3,
    least: 2,
    spanNames: 20,
    requests: 200,
    delivers: { spans: true, calls: false, sampled: false },
    config: (ports, ours) => forward(ports, "http", ours ? `gzip, compression_params: {level: ${gzipLevel}}` : "gzip"),
  },
  {
    name: "B",
    title: "OTLP/HTTP → spanmetrics → Prometheus",
    protocol: "http",
    wanted: 8,
    least: 4,
    spanNames: 20,
    requests: 200,
    delivers: { spans: false, calls: true, sampled: false },
    config: (ports, ours) => spanMetrics(ports, false, ours),
  },
  {
    name: "C",
    title: "A and B",
    protocol: "http",
    wanted: 7,
    least: 4,
    spanNames: 20,
    requests: 200,
    delivers: { spans: true, calls: true, sampled: false },
    config: (ports, ours) => spanMetrics(ports, true, ours),
  },
  {
    name: "G",
    title: "as A over gRPC in and out",
    protocol: "grpc",
    wanted: 5,
    least: 2,
    spanNames: 20,
    requests: 200,
    delivers: { spans: true, calls: false, sampled: false },
    config: (ports) => forward(ports, "grpc", "none"),
  },
  {
    name: "T",
    title: "tail sampling (errors, slow, 5 %) → OTLP/HTTP",
    protocol: "http",
    wanted: 5,
    least: 2,
    spanNames: 20,
    requests: 6000,
    delivers: { spans: false, calls: false, sampled: true },
    config: tailSampling,
  },
  {
    name: "H",
    title: "B at 50k distinct series",
    protocol: "http",
    wanted: 4,
    least: 2,
    spanNames: 50_000,
    requests: 500,
    delivers: { spans: false, calls: true, sampled: false },
    config: (ports, ours) => spanMetrics(ports, false, ours),
  },
];

/** For several workers: a pipeline that does enough with each span for the sender not to be the limit. */
export const workersCase: Case = {
  name: "W",
  title: "OTLP/HTTP → attributes, transform → spanmetrics → Prometheus",
  protocol: "http",
  wanted: 1.7,
  least: 1.7,
  spanNames: 20,
  requests: 200,
  delivers: { spans: false, calls: true, sampled: false },
  config: editedSpanMetrics,
};

const receivers = (ports: Ports, protocol: "http" | "grpc"): string =>
  `receivers:
  otlp: {protocols: {${protocol}: {endpoint: "127.0.0.1:${ports.receive}"}}}`;

const telemetry = (ports: Ports): string =>
  `  telemetry: {logs: {level: warn}, metrics: {level: normal, readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${ports.telemetry}}}}}]}}`;

const batch = "processors:\n  batch: {send_batch_size: 8192, send_batch_max_size: 8192}";

function sink(ports: Ports, protocol: "http" | "grpc", compression: string): string {
  return protocol === "http"
    ? `  otlphttp: {endpoint: "http://127.0.0.1:${ports.sink}", compression: ${compression}}`
    : `  otlp: {endpoint: "127.0.0.1:${ports.sink}", tls: {insecure: true}, compression: ${compression}}`;
}

function forward(ports: Ports, protocol: "http" | "grpc", compression: string): string {
  return `${receivers(ports, protocol)}
${batch}
exporters:
${sink(ports, protocol, compression)}
service:
${telemetry(ports)}
  pipelines:
    traces: {receivers: [otlp], processors: [batch], exporters: [${protocol === "http" ? "otlphttp" : "otlp"}]}
`;
}

/** The limit on metric sets is far above what comes, on both sides: a limit that cuts would be a different task. */
function spanMetrics(ports: Ports, alsoForward: boolean, ours: boolean): string {
  // The scrape that checks the sum may take otelcol longer than the 30 s after which it cuts an answer.
  const patience = ours ? "" : ", write_timeout: 300s";
  return `${receivers(ports, "http")}
${batch}
connectors:
  spanmetrics: {metrics_flush_interval: 5s, aggregation_cardinality_limit: 200000}
exporters:
  prometheus: {endpoint: "127.0.0.1:${ports.prometheus}"${patience}}
${alsoForward ? sink(ports, "http", "none") : ""}
service:
${telemetry(ports)}
  pipelines:
    traces: {receivers: [otlp], exporters: [spanmetrics]}
${alsoForward ? "    traces/forward: {receivers: [otlp], processors: [batch], exporters: [otlphttp]}" : ""}
    metrics: {receivers: [spanmetrics], exporters: [prometheus]}
`;
}

function editedSpanMetrics(ports: Ports): string {
  return `${receivers(ports, "http")}
processors:
  attributes: {actions: [{key: deployment, value: blue, action: upsert}, {key: http.user_agent, action: delete}]}
  transform: {trace_statements: ['set(span.attributes["edge"], true) where span.kind == SPAN_KIND_SERVER']}
connectors:
  spanmetrics: {metrics_flush_interval: 5s, aggregation_cardinality_limit: 200000}
exporters:
  prometheus: {endpoint: "127.0.0.1:${ports.prometheus}"}
service:
${telemetry(ports)}
  pipelines:
    traces: {receivers: [otlp], processors: [attributes, transform], exporters: [spanmetrics]}
    metrics: {receivers: [spanmetrics], exporters: [prometheus]}
`;
}

function tailSampling(ports: Ports): string {
  return `${receivers(ports, "http")}
processors:
  batch: {send_batch_size: 8192, send_batch_max_size: 8192}
  tail_sampling:
    decision_wait: 2s
    num_traces: 1000000
    policies:
      - {name: errors, type: status_code, status_code: {status_codes: [ERROR]}}
      - {name: slow, type: latency, latency: {threshold_ms: 38}}
      - {name: some, type: probabilistic, probabilistic: {sampling_percentage: 5}}
exporters:
${sink(ports, "http", "none")}
service:
${telemetry(ports)}
  pipelines:
    traces: {receivers: [otlp], processors: [tail_sampling, batch], exporters: [otlphttp]}
`;
}
