import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { startOtelcol, startPrometheus } from "./support/backends.js";
import { cleanup } from "./support/cleanup.js";
import { difference, SAME } from "./support/difference.js";
import { eventually } from "./support/eventually.js";
import { capture, frozenTarget, type Page } from "./support/frozen-target.js";
import { pointsInFile } from "./support/metrics-json.js";
import { freePorts } from "./support/ports.js";
import { venturi } from "./support/venturi.js";

const { defer, temporaryFolder } = cleanup();

const TEXT = "text/plain;version=0.0.4";
const OPEN_METRICS = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8";
const PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

/** Things that a real target shows rarely, and that the receiver has rules for. */
const ODD = `# HELP c_total A counter with "quotes" \\\\ and\\nlines
# TYPE c_total counter
c_total{job="mine",instance="there",exported_job="taken",env="scraped"} 5 1700000000000
c_total{path="a\\"b\\\\c\\n",empty=""} 1.5e6
# TYPE h_seconds histogram
h_seconds_bucket{le="0.1"} 1
h_seconds_bucket{le="1"} 3
h_seconds_bucket{le="+Inf"} 4
h_seconds_sum 2.5
h_seconds_count 4
h_seconds_bucket{le="0.5",otel_scope_name="lib",otel_scope_version="1",otel_scope_level="7"} 2
h_seconds_count{otel_scope_name="lib",otel_scope_version="1",otel_scope_level="7"} 2
# TYPE s summary
s{quantile="0.5"} 7
s{quantile="0.99"} NaN
s_sum 8
s_count 9
# TYPE g gauge
g -Inf
g{otel_scope_name="lib",otel_scope_version="2"} 3
otel_scope_info{otel_scope_name="lib",otel_scope_version="2",team="x"} 1
untyped{a="b"} 4
# TYPE target_info gauge
target_info{region="eu",host="h"} 1
drop_me 1
keep_me{temp="x",keep="y"} 2
`;
const ODD_OPEN_METRICS = `# TYPE d_seconds histogram
# UNIT d_seconds seconds
# HELP d_seconds Help with \\"quotes\\"
d_seconds_bucket{le="1.0"} 1 # {trace_id="0123456789abcdef0123456789abcdef",span_id="0123456789abcdef",user="u"} 0.5 1700000000.5
d_seconds_bucket{le="+Inf"} 2 # {trace_id="abcd"} 1.5 1700000001
d_seconds_sum 2.0
d_seconds_count 2
d_seconds_created 1600000000.25
# TYPE r counter
r_total{a="b"} 17.0 # {trace_id="nothex"} 3.0
r_created{a="b"} 1600000000.5
# TYPE v info
v_info{version="1"} 1
# TYPE st stateset
st{st="a"} 1
st{st="b"} 0
# TYPE gh gaugehistogram
gh_bucket{le="+Inf"} 4
gh_gcount 4
gh_gsum 2
# TYPE io_bytes_per_second gauge
# UNIT io_bytes_per_second bytes_per_second
io_bytes_per_second 4
# EOF
`;

interface Job {
  readonly name: string;
  readonly options: string;
}
const JOBS: readonly Job[] = [
  { name: "text", options: "metrics_path: /text" },
  { name: "openmetrics", options: "metrics_path: /openmetrics" },
  { name: "protobuf", options: "metrics_path: /protobuf, scrape_native_histograms: true" },
  { name: "classic", options: "metrics_path: /protobuf" },
  {
    name: "both",
    options: "metrics_path: /protobuf, scrape_native_histograms: true, always_scrape_classic_histograms: true",
  },
  {
    name: "coarse",
    options:
      "metrics_path: /protobuf, scrape_native_histograms: true, native_histogram_bucket_limit: 4, native_histogram_min_bucket_factor: 1.5",
  },
  { name: "odd", options: "metrics_path: /odd" },
  {
    name: "odd-honored",
    options: "metrics_path: /odd, honor_labels: true, honor_timestamps: false, extra_scrape_metrics: true",
  },
  {
    name: "odd-relabeled",
    options: `metrics_path: /odd
      relabel_configs:
        - { source_labels: [__address__], regex: "(.*):.*", target_label: zone, replacement: "z-$$1" }
        - { target_label: instance, replacement: "example.com:443" }
      metric_relabel_configs:
        - { source_labels: [__name__], regex: drop_.*, action: drop }
        - { regex: temp, action: labeldrop }
        - { source_labels: [__name__], regex: "(unt)(.*)", target_label: __name__, replacement: "re_$\${1}_$\${2}" }`,
  },
  { name: "odd-openmetrics", options: "metrics_path: /odd-openmetrics" },
  { name: "odd-converted", options: "metrics_path: /odd-openmetrics, convert_classic_histograms_to_nhcb: true" },
  { name: "limited", options: "metrics_path: /odd, sample_limit: 3" },
  { name: "labels", options: "metrics_path: /odd, label_limit: 4" },
  { name: "large", options: "metrics_path: /text, body_size_limit: 1KB" },
  { name: "missing", options: "metrics_path: /missing" },
];
let points: string[][];

function receiverConfig(address: string): string {
  const jobs = JOBS.map(({ name, options }) => {
    const isBlock = options.includes("\n");
    const [path, rest] = isBlock
      ? [options.slice(0, options.indexOf("\n")), options.slice(options.indexOf("\n"))]
      : [options, ""];
    const lines = path.split(", ").map((option) => `      ${option}`);
    return `    - job_name: ${name}
      scrape_interval: 1s
      static_configs: [{ targets: ["${address}"], labels: { env: test } }]
${lines.join("\n")}${rest}`;
  });
  return `  prometheus:
    config:
      scrape_configs:
${jobs.join("\n").replaceAll(/^/gm, "  ")}
  prometheus/external:
    config:
      global: { external_labels: { cluster: c1, env: global } }
      scrape_configs:
        - { job_name: external, scrape_interval: 1s, metrics_path: /odd, static_configs: [{ targets: ["${address}"] }] }
  prometheus/trimmed:
    trim_metric_suffixes: true
    config:
      scrape_configs:
        - { job_name: trimmed, scrape_interval: 1s, metrics_path: /odd, static_configs: [{ targets: ["${address}"] }] }
        - { job_name: trimmed-om, scrape_interval: 1s, metrics_path: /odd-openmetrics, static_configs: [{ targets: ["${address}"] }] }`;
}

beforeAll(async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "prometheus"));
  const prometheus = await startPrometheus(join(folder, "prometheus"), []);
  defer(() => prometheus.child.stop());
  // Prometheus has histograms of its requests only once there were some.
  for (let request = 0; request < 5; request++) await (await fetch(`${prometheus.url}/api/v1/labels`)).text();
  const [text, openmetrics, protobuf] = (await Promise.all(
    [TEXT, OPEN_METRICS, PROTOBUF].map((accept) => capture(`${prometheus.url}/metrics`, accept)),
  )) as [Page, Page, Page];
  const target = await frozenTarget({
    "/text": text,
    "/openmetrics": openmetrics,
    "/protobuf": protobuf,
    "/odd": { contentType: TEXT, body: Buffer.from(ODD) },
    "/odd-openmetrics": {
      contentType: "application/openmetrics-text; version=1.0.0",
      body: Buffer.from(ODD_OPEN_METRICS),
    },
  });
  defer(() => target.close());
  const [otlp] = (await freePorts(1)) as [number];
  const stock = await startOtelcol(
    folder,
    "stock",
    `
receivers:
${receiverConfig(target.address)}
  otlp: { protocols: { http: { endpoint: 127.0.0.1:${otlp} } } }
exporters:
  file/stock: { path: ${join(folder, "stock.json")} }
  file/ours: { path: ${join(folder, "ours.json")} }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    metrics/stock: { receivers: [prometheus, prometheus/external, prometheus/trimmed], exporters: [file/stock] }
    metrics/ours: { receivers: [otlp], exporters: [file/ours] }
`,
  );
  defer(() => stock.stop());
  const config = join(folder, "ours.yaml");
  await writeFile(
    config,
    `
receivers:
${receiverConfig(target.address)}
exporters:
  otlphttp: { endpoint: http://127.0.0.1:${otlp} }
service:
  telemetry: { metrics: { level: none } }
  pipelines: { metrics: { receivers: [prometheus, prometheus/external, prometheus/trimmed], exporters: [otlphttp] } }
`,
  );
  const ours = venturi(["collector", "--config", config]);
  defer(() => ours.stop());
  await ours.waitForOutput(/Everything is ready/);
  // The target lives in this process: what blocks it would fail scrapes, so that files are read only at the end.
  for (const file of ["stock.json", "ours.json"]) {
    await eventually(`three scrapes of each target in ${file}`, async () => {
      const text = await readFile(join(folder, file), "latin1");
      return text.split('"scrape_series_added"').length > 3 * (JOBS.length + 3) ? true : undefined;
    });
  }
  for (const collector of [ours, stock]) await collector.stop();
  points = await Promise.all(["stock.json", "ours.json"].map((file) => pointsInFile(join(folder, file))));
});

/** Jobs that the limits fail: the Collector ends the series that it had begun with, which nobody has seen. */
const FAILING: ReadonlySet<string> = new Set(["limited"]);
/** A converted histogram is one sample for the Collector; ours reports the samples that the target shows. */
const CONVERTED: ReadonlySet<string> = new Set(["odd-converted"]);
/** Since when a counter counts is told by protobuf; the Collector reads it behind a feature gate only. So does its converter. */
const UNTOLD: ReadonlySet<string> = new Set(["protobuf", "classic", "both", "coarse", "odd-converted"]);

/** Every different point of a job. */
function pointsOf(points: readonly string[], job: string): string[] {
  const services = job === "odd-honored" ? [job, "mine"] : [job];
  const own = points.filter((point) =>
    services.some((service) => point.includes(`service.name={\\"stringValue\\":\\"${service}\\"}`)),
  );
  const comparable = own.filter((point) => {
    const isTrace = point.includes('"flags":1') || point.includes('"name":"scrape_series_added"');
    const isCount = /"name":"scrape_(samples_scraped|samples_post_metric_relabeling|series_added)"/.test(point);
    return !(FAILING.has(job) && isTrace) && !(CONVERTED.has(job) && isCount);
  });
  return [...new Set(comparable.map((point) => withoutStart(point, job)))].sort();
}

function withoutStart(point: string, job: string): string {
  return UNTOLD.has(job) ? point.replace(/"startTimeUnixNano":"\d+",/, "") : point;
}

const cases = [...JOBS.map(({ name }) => name), "external", "trimmed", "trimmed-om"];
test.each(cases)("%s: the same metrics as the Collector's receiver", (job) => {
  const [stock, ours] = points.map((side) => pointsOf(side, job)) as [string[], string[]];
  expect(stock.length).toBeGreaterThan(3);
  expect(difference(ours, stock)).toEqual(SAME);
});
