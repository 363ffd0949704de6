import type { DashboardSpec, Section } from "../dashboard.js";
import { lines, number, values } from "../panels.js";
import { quantile, rate, ratio, selected, serverError } from "../promql.js";
import { datasourceVariable, jobAndInstance } from "../variables.js";

const requests = rate("http_server_request_duration_seconds_count", selected);
const errors = rate("http_server_request_duration_seconds_count", `${selected}, ${serverError}`);
const buckets = rate("http_server_request_duration_seconds_bucket", selected);
const calls = rate("http_client_request_duration_seconds_count", selected);
const callErrors = rate("http_client_request_duration_seconds_count", `${selected}, error_type!=""`);
const callBuckets = rate("http_client_request_duration_seconds_bucket", selected);
const queries = rate("db_client_operation_duration_seconds_count", selected);
const queryBuckets = rate("db_client_operation_duration_seconds_bucket", selected);
const inbound = `${selected}, span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER"`;
const route = "job, http_request_method, http_route";

/** Seconds. Satisfied up to here, tolerating up to four times as much; both are bucket bounds of the semantic convention. */
const apdexTarget = { satisfied: `le="0.25"`, tolerating: `le=~"1(\\\\.0)?"` };
const apdex = `(sum(${rate("http_server_request_duration_seconds_bucket", `${selected}, ${apdexTarget.satisfied}`)}) + sum(${rate("http_server_request_duration_seconds_bucket", `${selected}, ${apdexTarget.tolerating}`)})) / 2 / sum(${requests})`;

const glance: Section = {
  title: "At a glance",
  panels: [
    number({
      title: "Requests",
      description: "HTTP requests served per second by the chosen services.",
      unit: "reqps",
      expr: `sum(${requests})`,
    }),
    number({
      title: "Errors",
      description: "Share of requests answered with a 5xx status.",
      unit: "percentunit",
      decimals: 2,
      expr: ratio(errors, requests, ""),
      thresholds: { warn: 0.01, bad: 0.05 },
    }),
    number({
      title: "p50",
      description: "Half of the requests are faster than this.",
      unit: "s",
      expr: quantile(0.5, buckets, ""),
    }),
    number({
      title: "p95",
      description: "One request in twenty is slower than this.",
      unit: "s",
      expr: quantile(0.95, buckets, ""),
      thresholds: { warn: 0.5, bad: 1 },
    }),
    number({
      title: "p99",
      description: "One request in a hundred is slower than this.",
      unit: "s",
      expr: quantile(0.99, buckets, ""),
      thresholds: { warn: 1, bad: 2.5 },
    }),
    number({
      title: "Apdex",
      description:
        "Satisfied (up to 250 ms) plus half of the tolerating (up to 1 s) requests, as a share of all. 1 is best; below 0.85 users notice.",
      unit: "none",
      decimals: 2,
      expr: apdex,
      thresholds: { warn: 0.94, bad: 0.85, lowIsBad: true },
    }),
  ],
};

const byService: Section = {
  title: "Rate, errors, duration by service",
  panels: [
    lines({
      title: "Request rate",
      description:
        "Requests served per second. A sudden step down while the callers' rate stays means that requests wait.",
      unit: "reqps",
      queries: [{ expr: `sum by (job) (${requests})`, legend: "{{job}}" }],
    }),
    lines({
      title: "Error ratio",
      description: "Share of requests answered with a 5xx status.",
      unit: "percentunit",
      queries: [{ expr: ratio(errors, requests, "job"), legend: "{{job}}" }],
      thresholds: { warn: 0.01, bad: 0.05 },
    }),
    lines({
      title: "p95 duration",
      description: "95th percentile of the time to answer, by service.",
      unit: "s",
      queries: [{ expr: quantile(0.95, buckets, "job"), legend: "{{job}}", exemplars: true }],
    }),
    lines({
      title: "Duration percentiles, all chosen services",
      description: "The distance between p50 and p99 tells a slow service from one in which some requests wait.",
      unit: "s",
      span: 12,
      queries: [0.5, 0.95, 0.99].map((q) => ({ expr: quantile(q, buckets, ""), legend: `p${q * 100}` })),
    }),
    lines({
      title: "Requests by status",
      description: "Answers per second by HTTP status code.",
      unit: "reqps",
      span: 12,
      stack: true,
      queries: [{ expr: `sum by (http_response_status_code) (${requests})`, legend: "{{http_response_status_code}}" }],
    }),
    values({
      title: "Routes",
      description: "Every route, the slowest first. Rate × p95 says where a fix would be felt most.",
      unit: "none",
      labels: [
        { name: "job", title: "Service" },
        { name: "http_request_method", title: "Method" },
        { name: "http_route", title: "Route" },
      ],
      columns: [
        { title: "Rate", expr: `sum by (${route}) (${requests})`, unit: "reqps" },
        { title: "Errors", expr: ratio(errors, requests, route), unit: "percentunit" },
        { title: "p50", expr: quantile(0.5, buckets, route), unit: "s" },
        { title: "p95", expr: quantile(0.95, buckets, route), unit: "s", gauge: true },
        { title: "p99", expr: quantile(0.99, buckets, route), unit: "s" },
      ],
      sortBy: "p95",
    }),
  ],
};

const downstream: Section = {
  title: "Calls between services",
  panels: [
    values({
      title: "Who calls whom",
      description:
        "Outgoing HTTP calls by caller and target. A target that is slow here but fast in its own row waits on the network or in a queue.",
      unit: "none",
      span: 12,
      labels: [
        { name: "job", title: "Caller" },
        { name: "server_address", title: "Target" },
        { name: "server_port", title: "Port" },
      ],
      columns: [
        { title: "Rate", expr: `sum by (job, server_address, server_port) (${calls})`, unit: "reqps" },
        { title: "Errors", expr: ratio(callErrors, calls, "job, server_address, server_port"), unit: "percentunit" },
        { title: "p95", expr: quantile(0.95, callBuckets, "job, server_address, server_port"), unit: "s", gauge: true },
      ],
      sortBy: "p95",
    }),
    lines({
      title: "p95 of outgoing calls",
      description: "What a caller sees of its targets: the target's own time plus the network between them.",
      unit: "s",
      span: 12,
      queries: [
        {
          expr: quantile(0.95, callBuckets, "job, server_address, server_port"),
          legend: "{{job}} → {{server_address}}:{{server_port}}",
          exemplars: true,
        },
      ],
    }),
    lines({
      title: "Operations from traces",
      description:
        "Spans per second that a service received (HTTP requests and queue messages), from the span metrics.",
      unit: "ops",
      span: 12,
      queries: [
        {
          expr: `sum by (service_name, span_name) (${rate("traces_span_metrics_calls_total", inbound)})`,
          legend: "{{service_name}} {{span_name}}",
        },
      ],
    }),
    lines({
      title: "p95 of operations from traces",
      description:
        "95th percentile of the same spans. Covers queue consumers, which have no HTTP metrics. The dots are exemplars: click one to open its trace.",
      unit: "ms",
      span: 12,
      queries: [
        {
          expr: quantile(
            0.95,
            rate("traces_span_metrics_duration_milliseconds_bucket", inbound),
            "service_name, span_name",
          ),
          legend: "{{service_name}} {{span_name}}",
          exemplars: true,
        },
      ],
    }),
  ],
};

const database: Section = {
  title: "Databases",
  panels: [
    lines({
      title: "Queries per request",
      description:
        "Database operations for each HTTP request served. A number that grows with the page size is an N+1 query.",
      unit: "none",
      queries: [{ expr: `sum by (job) (${queries}) / sum by (job) (${requests})`, legend: "{{job}}" }],
    }),
    lines({
      title: "p95 of database operations",
      description: "As the client sees it: waiting for the server, not for a free connection.",
      unit: "s",
      queries: [
        {
          expr: quantile(0.95, queryBuckets, "job, db_system_name"),
          legend: "{{job}} {{db_system_name}}",
          exemplars: true,
        },
      ],
    }),
    lines({
      title: "Waiting for a connection",
      description:
        "Requests that hold no database connection yet. Anything above 0 for long means that the pool is too small or its connections are held too long.",
      unit: "none",
      queries: [
        {
          expr: `sum by (job) (db_client_connection_pending_requests{${selected}})`,
          legend: "{{job}}",
        },
      ],
      thresholds: { warn: 1, bad: 5 },
    }),
  ],
};

/** RED for every service, its routes, its outgoing calls and its databases. */
export const services: DashboardSpec = {
  uid: "venturi-services",
  title: "Venturi / Services",
  description: "Rate, errors and duration of every service, its routes, outgoing calls and databases.",
  variables: [datasourceVariable(), ...jobAndInstance(`__name__="http_server_request_duration_seconds_count"`)],
  sections: [glance, byService, downstream, database],
};
