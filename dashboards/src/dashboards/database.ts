import type { DashboardSpec, Section } from "../dashboard.js";
import { lines, values } from "../panels.js";
import { quantile, rate, selected } from "../promql.js";
import { datasourceVariable, jobAndInstance } from "../variables.js";

const operations = rate("db_client_operation_duration_seconds_count", selected);
const seconds = rate("db_client_operation_duration_seconds_sum", selected);
const buckets = rate("db_client_operation_duration_seconds_bucket", selected);
const waitBuckets = rate("db_client_connection_wait_time_seconds_bucket", selected);
const operation = "job, db_system_name, db_operation_name";

const work: Section = {
  title: "Operations",
  panels: [
    lines({
      title: "Operations",
      description: "Database and cache operations per second, by service and system.",
      unit: "ops",
      queries: [{ expr: `sum by (job, db_system_name) (${operations})`, legend: "{{job}} {{db_system_name}}" }],
    }),
    lines({
      title: "p95 of operations",
      description:
        "As the client sees it: the server's time and the network, not the wait for a free connection. The dots are exemplars: click one to open its trace.",
      unit: "s",
      queries: [
        {
          expr: quantile(0.95, buckets, "job, db_system_name"),
          legend: "{{job}} {{db_system_name}}",
          exemplars: true,
        },
      ],
    }),
    lines({
      title: "Operations in progress",
      description:
        "Operations that run at the same time, on average. Near the size of the pool means that the database is the limit.",
      unit: "none",
      queries: [{ expr: `sum by (job, db_system_name) (${seconds})`, legend: "{{job}} {{db_system_name}}" }],
    }),
    values({
      title: "Where the time goes",
      description: "Every kind of operation. Time in it, per second, says where a faster query would be felt most.",
      unit: "none",
      labels: [
        { name: "job", title: "Service" },
        { name: "db_system_name", title: "System" },
        { name: "db_operation_name", title: "Operation" },
      ],
      columns: [
        { title: "Rate", expr: `sum by (${operation}) (${operations})`, unit: "ops" },
        { title: "p50", expr: quantile(0.5, buckets, operation), unit: "s" },
        { title: "p95", expr: quantile(0.95, buckets, operation), unit: "s" },
        { title: "Time per second", expr: `sum by (${operation}) (${seconds})`, unit: "s", gauge: true },
      ],
      sortBy: "Time per second",
    }),
  ],
};

const pools: Section = {
  title: "Connection pools",
  panels: [
    lines({
      title: "Used connections",
      description: "Share of a pool's connections that are in use. At 1 the next request waits.",
      unit: "percentunit",
      max: 1,
      queries: [
        {
          expr: `sum by (job, instance) (db_client_connection_count{${selected}, db_client_connection_state="used"}) / sum by (job, instance) (db_client_connection_max{${selected}})`,
          legend: "{{job}} {{instance}}",
        },
      ],
      thresholds: { warn: 0.7, bad: 0.9 },
    }),
    lines({
      title: "Waiting for a connection",
      description:
        "Requests queued in front of each pool. Above 0 for long: a larger pool or shorter holds would help.",
      unit: "none",
      queries: [
        {
          expr: `sum by (job, instance) (db_client_connection_pending_requests{${selected}})`,
          legend: "{{job}} {{instance}}",
        },
      ],
      thresholds: { warn: 1, bad: 5 },
    }),
    lines({
      title: "p95 of the wait for a connection",
      description: "Time until a request holds a connection. This is latency that no faster query takes away.",
      unit: "s",
      queries: [{ expr: quantile(0.95, waitBuckets, "job"), legend: "{{job}}", exemplars: true }],
    }),
  ],
};

/** Databases and caches as their clients see them, and the pools in front of them. */
export const database: DashboardSpec = {
  uid: "venturi-database",
  title: "Venturi / Database and cache",
  description:
    "Operations on databases and caches as their clients see them, and the connection pools in front of them.",
  variables: [datasourceVariable(), ...jobAndInstance(`__name__="db_client_operation_duration_seconds_count"`)],
  sections: [work, pools],
};
