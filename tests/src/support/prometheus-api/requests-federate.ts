import { type ApiRequest, get, type Parameters, post } from "./exchange.js";

const protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily";

export function federateRequests(): ApiRequest[] {
  const ask = (parameters: Parameters, accept?: string): ApiRequest =>
    get("/federate", parameters, accept === undefined ? {} : { accept });
  // Prometheus hands out the histogram of one series for another's when several are selected: one at a time is asked for.
  const floats = { "match[]": '{__name__!="",__name__!~"n.*|mixed.*|.*latency"}' };
  const histograms = histogramSeries.map((match) => ({ "match[]": match }));
  return [
    ...matches.map((match) => ask({ "match[]": match })),
    ask({}),
    ask({ "match[]": ["up", "level", 'up{job="api"}'] }),
    ask({ "match[]": ["up", "sum("] }),
    ...accepts.map((accept) => ask(floats, accept)),
    ...histograms.map((one) => ask(one)),
    ...histograms.map((one) => ask(one, `${protobuf};encoding=delimited`)),
    post("/federate", floats),
    get("/federate", floats, { "accept-encoding": "gzip" }),
    get("/federate?match[]=up&x=%zz"),
  ];
}

const matches: readonly string[] = [
  "up",
  "nothing",
  "",
  "{}",
  "{",
  "up[5m]",
  '{job=""}',
  '{job=~"api|db",__name__=~"u.*|l.*"}',
  "edge_values",
  '{"odd.metric/total"}',
  '{__name__=~"second.*[le]"}',
  '{__name__=~"target_info|build_info"}',
  '{__name__=~"latency_seconds.*"}',
];

const accepts: readonly string[] = [
  "*/*",
  "text/plain",
  "text/plain;version=0.0.4",
  "text/plain;version=1.0.0",
  "text/plain; version=1.0.0; escaping=underscores",
  "text/plain;version=0.0.4;escaping=underscores",
  "text/plain;version=0.0.4;escaping=dots",
  "text/plain;version=0.0.4;escaping=values",
  "text/plain;version=0.0.4;escaping=allow-utf-8",
  "text/plain;version=0.0.4;escaping=nonsense",
  "application/openmetrics-text;version=1.0.0",
  "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;escaping=values;q=0.2,*/*;q=0.1",
  `${protobuf};encoding=delimited`,
  `${protobuf};encoding=delimited;escaping=dots`,
  `${protobuf};encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3`,
  `${protobuf};encoding=delimited;q=0.2,text/plain;version=0.0.4;q=0.3`,
  "application/vnd.google.protobuf",
  "application/json",
  "nonsense",
];

const histogramSeries: readonly string[] = ["native_latency", "native_gauge", "nhcb_latency", "mixed_kinds"].flatMap(
  (name) => ["api", "db"].map((job) => `${name}{job="${job}",instance="b:2"}`),
);
