import { collector } from "../dashboards/collector.js";
import { nodeRuntime } from "../dashboards/node-runtime.js";
import { services } from "../dashboards/services.js";
import { ownMetric } from "../promql.js";
import type { AlertingRule, RuleGroup } from "./model.js";

const runbooks = "docs/runbooks";

interface Alert {
  readonly name: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: "warning" | "critical";
  readonly summary: string;
  readonly description: string;
  /** File name below `docs/runbooks/`, without `.md`. */
  readonly runbook: string;
  readonly dashboard: { readonly uid: string };
}

function alert(a: Alert): AlertingRule {
  return {
    alert: a.name,
    expr: a.expr,
    for: a.for,
    labels: { severity: a.severity },
    annotations: {
      summary: a.summary,
      description: a.description,
      runbook_url: `${runbooks}/${a.runbook}.md`,
      dashboard_uid: a.dashboard.uid,
    },
  };
}

/** The three signals are separate series that differ by name only, and `rate` drops the name: so each is asked for by itself. */
function lostItems(counter: string): string {
  return ["spans", "metric_points", "log_records"]
    .map((signal) => ownMetric(`otelcol_exporter_${counter}_${signal}`, ["_total"], ""))
    .map((series) => `sum by (job, instance, exporter) (rate(${series}[5m])) > 0`)
    .join(" or ");
}

/** Conditions a person should look at, each with a page that says what to do. */
export const alerts: RuleGroup = {
  name: "venturi-alerts",
  interval: "15s",
  rules: [
    alert({
      name: "VenturiServiceErrors",
      expr: "job:http_server_errors:ratio_rate5m > 0.05 and job:http_server_requests:rate5m > 0.1",
      for: "2m",
      severity: "critical",
      summary: "{{ $labels.job }} answers {{ $value | humanizePercentage }} of its requests with a server error",
      description: "More than 5 % of the requests of the last 5 minutes ended with a 5xx status.",
      runbook: "service-errors",
      dashboard: services,
    }),
    alert({
      name: "VenturiServiceSlow",
      expr: "job:http_server_request_duration_seconds:p95_rate5m > 1 and job:http_server_requests:rate5m > 0.1",
      for: "5m",
      severity: "warning",
      summary: "{{ $labels.job }} has a p95 of {{ $value | humanizeDuration }}",
      description: "One request in twenty took longer than a second over the last 5 minutes.",
      runbook: "service-slow",
      dashboard: services,
    }),
    alert({
      name: "VenturiEventLoopSaturated",
      expr: "avg_over_time(nodejs_eventloop_utilization_ratio[2m]) > 0.9",
      for: "2m",
      severity: "warning",
      summary: "The event loop of {{ $labels.job }} {{ $labels.instance }} is {{ $value | humanizePercentage }} busy",
      description: "JavaScript runs nearly all the time: requests, timers and health checks wait for each other.",
      runbook: "event-loop-saturated",
      dashboard: nodeRuntime,
    }),
    alert({
      name: "VenturiDatabasePoolExhausted",
      expr: "sum by (job, instance) (min_over_time(db_client_connection_pending_requests[1m])) > 0",
      for: "1m",
      severity: "warning",
      summary: "{{ $value }} requests of {{ $labels.job }} wait for a database connection",
      description: "For a minute there was never a free connection in the pool.",
      runbook: "database-pool-exhausted",
      dashboard: nodeRuntime,
    }),
    alert({
      name: "VenturiGarbageCollection",
      expr: "sum by (job, instance) (rate(v8js_gc_duration_seconds_sum[5m])) > 0.15",
      for: "5m",
      severity: "warning",
      summary:
        "{{ $labels.job }} {{ $labels.instance }} spends {{ $value | humanizePercentage }} of its time collecting garbage",
      description: "The process allocates too much, or its heap is nearly full.",
      runbook: "garbage-collection",
      dashboard: nodeRuntime,
    }),
    alert({
      name: "VenturiCollectorQueueFull",
      expr: "otelcol_exporter_queue_size / otelcol_exporter_queue_capacity > 0.9",
      for: "1m",
      severity: "warning",
      summary: "The queue of {{ $labels.exporter }} is {{ $value | humanizePercentage }} full",
      description: "The back end takes less than comes in. When the queue is full, senders are turned away.",
      runbook: "collector-queue-full",
      dashboard: collector,
    }),
    alert({
      name: "VenturiCollectorLosesData",
      expr: `${lostItems("send_failed")} or ${lostItems("enqueue_failed")}`,
      for: "1m",
      severity: "critical",
      summary: "{{ $labels.exporter }} loses {{ $value | humanize }} items per second",
      description: "Items could not be sent after all retries, or there was no room in the queue.",
      runbook: "collector-loses-data",
      dashboard: collector,
    }),
  ],
};
