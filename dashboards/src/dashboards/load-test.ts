import type { DashboardSpec, Section } from "../dashboard.js";
import { lines, number } from "../panels.js";
import { quantile, rate, ratio, selected, serverError } from "../promql.js";
import { datasourceVariable, jobAndInstance, labelVariable } from "../variables.js";

const run = `testid=~"$testid"`;
const sent = rate("k6_http_reqs_total", run);
const failed = rate("k6_http_reqs_total", `${run}, expected_response="false"`);
const served = rate("http_server_request_duration_seconds_count", selected);
const serverErrors = rate("http_server_request_duration_seconds_count", `${selected}, ${serverError}`);
const buckets = rate("http_server_request_duration_seconds_bucket", selected);

const load: Section = {
  title: "The load, as k6 sees it",
  panels: [
    number({
      title: "Virtual users",
      description: "Users that k6 runs now.",
      unit: "none",
      span: 6,
      expr: `sum(k6_vus{${run}})`,
    }),
    number({
      title: "Requests",
      description: "Requests per second that k6 makes.",
      unit: "reqps",
      span: 6,
      expr: `sum(${sent})`,
    }),
    number({
      title: "p95",
      description: "95th percentile of the response time: the worst of the requests' groups.",
      unit: "s",
      span: 6,
      expr: `max(k6_http_req_duration_p95{${run}})`,
      thresholds: { warn: 0.5, bad: 1 },
    }),
    number({
      title: "Failed",
      description: "Share of requests whose response was not an expected one.",
      unit: "percentunit",
      decimals: 2,
      span: 6,
      expr: ratio(failed, sent, ""),
      thresholds: { warn: 0.01, bad: 0.05 },
    }),
    lines({
      title: "Virtual users",
      description: "Load offered. With an arrival-rate executor a rise means that responses got slower.",
      unit: "none",
      queries: [{ expr: `sum by (testid) (k6_vus{${run}})`, legend: "users {{testid}}" }],
    }),
    lines({
      title: "Throughput",
      description: "Requests and iterations per second. A flat line under growing load is the capacity limit.",
      unit: "reqps",
      queries: [
        { expr: `sum by (testid) (${sent})`, legend: "requests {{testid}}" },
        { expr: `sum by (testid) (${rate("k6_iterations_total", run)})`, legend: "iterations {{testid}}" },
      ],
    }),
    lines({
      title: "Response time",
      description: "As the client sees it: services, network and connection set-up.",
      unit: "s",
      queries: [
        { expr: `max by (testid) (k6_http_req_duration_p95{${run}})`, legend: "p95 {{testid}}" },
        { expr: `max by (testid) (k6_http_req_duration_p99{${run}})`, legend: "p99 {{testid}}" },
      ],
    }),
  ],
};

const answer: Section = {
  title: "What the services made of it",
  panels: [
    lines({
      title: "Request rate by service",
      description: "One user request fans out into several. A service whose rate stays behind holds requests up.",
      unit: "reqps",
      queries: [{ expr: `sum by (job) (${served})`, legend: "{{job}}" }],
    }),
    lines({
      title: "p95 by service",
      description: "The service whose p95 grows first, and whose own calls do not, is where to look.",
      unit: "s",
      queries: [{ expr: quantile(0.95, buckets, "job"), legend: "{{job}}", exemplars: true }],
    }),
    lines({
      title: "Error ratio by service",
      description: "Share of requests answered with a 5xx status.",
      unit: "percentunit",
      queries: [{ expr: ratio(serverErrors, served, "job"), legend: "{{job}}" }],
      thresholds: { warn: 0.01, bad: 0.05 },
    }),
  ],
};

const saturation: Section = {
  title: "Saturation: what gives in first",
  panels: [
    lines({
      title: "Event loop utilisation",
      description: "Share of the time in which the loop was busy. The line that reaches 1 first is the limit.",
      unit: "percentunit",
      max: 1,
      span: 6,
      queries: [{ expr: `max by (job) (nodejs_eventloop_utilization_ratio{${selected}})`, legend: "{{job}}" }],
      thresholds: { warn: 0.7, bad: 0.9 },
    }),
    lines({
      title: "CPU",
      description: "Cores used by service.",
      unit: "none",
      span: 6,
      queries: [{ expr: `sum by (job) (${rate("process_cpu_time_seconds_total", selected)})`, legend: "{{job}}" }],
    }),
    lines({
      title: "Waiting for a connection",
      description: "Requests queued in front of database pools.",
      unit: "none",
      span: 6,
      queries: [{ expr: `sum by (job) (db_client_connection_pending_requests{${selected}})`, legend: "{{job}}" }],
      thresholds: { warn: 1, bad: 5 },
    }),
    lines({
      title: "Time in garbage collection",
      description: "Share of wall-clock time of the busiest process of each service.",
      unit: "percentunit",
      span: 6,
      queries: [
        {
          expr: `max by (job) (sum by (job, instance) (${rate("v8js_gc_duration_seconds_sum", selected)}))`,
          legend: "{{job}}",
        },
      ],
    }),
  ],
};

/** k6's own samples next to what saturates in the services, for one or several test runs. */
export const loadTest: DashboardSpec = {
  uid: "venturi-load-test",
  title: "Venturi / Load test",
  description:
    "k6's view of a load test next to the services' saturation, by testid. Choose two test ids to compare runs.",
  variables: [
    datasourceVariable(),
    labelVariable({
      name: "testid",
      label: "Test",
      description: "The testid tag of a k6 run.",
      query: "label_values(k6_vus, testid)",
      allValue: ".*",
    }),
    ...jobAndInstance(`__name__="http_server_request_duration_seconds_count"`),
  ],
  sections: [load, answer, saturation],
};
