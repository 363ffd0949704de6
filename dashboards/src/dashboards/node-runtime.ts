import type { DashboardSpec, Section } from "../dashboard.js";
import { lines, number } from "../panels.js";
import { quantile, rate, selected } from "../promql.js";
import { datasourceVariable, jobAndInstance } from "../variables.js";

const gcSeconds = rate("v8js_gc_duration_seconds_sum", selected);
const gcBuckets = rate("v8js_gc_duration_seconds_bucket", selected);
const gcCount = rate("v8js_gc_duration_seconds_count", selected);

const glance: Section = {
  title: "At a glance",
  panels: [
    number({
      title: "Busiest event loop",
      description:
        "The highest event loop utilisation of the chosen processes. At 1 the process does JavaScript all the time: everything else waits.",
      unit: "percentunit",
      decimals: 1,
      span: 6,
      expr: `max(nodejs_eventloop_utilization_ratio{${selected}})`,
      thresholds: { warn: 0.7, bad: 0.9 },
    }),
    number({
      title: "Worst p99 delay",
      description: "99th percentile of how late timers fire. Every request can be held up by this much, several times.",
      unit: "s",
      span: 6,
      expr: `max(nodejs_eventloop_delay_p99_seconds{${selected}})`,
      thresholds: { warn: 0.05, bad: 0.2 },
    }),
    number({
      title: "Time in garbage collection",
      description: "Share of the time of the busiest process that garbage collection takes.",
      unit: "percentunit",
      decimals: 1,
      span: 6,
      expr: `max(sum by (job, instance) (${gcSeconds}))`,
      thresholds: { warn: 0.05, bad: 0.15 },
    }),
    number({
      title: "Largest heap",
      description: "Heap in use by the largest process.",
      unit: "bytes",
      span: 6,
      expr: `max(sum by (job, instance) (v8js_memory_heap_used_bytes{${selected}}))`,
    }),
  ],
};

const eventLoop: Section = {
  title: "Event loop",
  panels: [
    lines({
      title: "Utilisation",
      description:
        "Share of the time in which the event loop was not idle. Above 0.7 the latency grows quickly; at 1 the process is the bottleneck.",
      unit: "percentunit",
      max: 1,
      queries: [
        {
          expr: `max by (job, instance) (nodejs_eventloop_utilization_ratio{${selected}})`,
          legend: "{{job}} {{instance}}",
        },
      ],
      thresholds: { warn: 0.7, bad: 0.9 },
    }),
    lines({
      title: "Delay, p99",
      description:
        "How late the loop came back, 99th percentile of each interval. Long synchronous work shows here first.",
      unit: "s",
      queries: [
        {
          expr: `max by (job, instance) (nodejs_eventloop_delay_p99_seconds{${selected}})`,
          legend: "{{job}} {{instance}}",
        },
      ],
    }),
    lines({
      title: "Delay, mean and worst",
      description: "The mean tells about steady load, the worst about single long tasks.",
      unit: "s",
      queries: [
        { expr: `max by (job) (nodejs_eventloop_delay_mean_seconds{${selected}})`, legend: "{{job}} mean" },
        { expr: `max by (job) (nodejs_eventloop_delay_max_seconds{${selected}})`, legend: "{{job}} worst" },
      ],
    }),
  ],
};

const memory: Section = {
  title: "Memory and garbage collection",
  panels: [
    lines({
      title: "Heap used",
      description: "Heap in use by process. A floor that rises from one collection to the next is a leak.",
      unit: "bytes",
      queries: [
        { expr: `sum by (job, instance) (v8js_memory_heap_used_bytes{${selected}})`, legend: "{{job}} {{instance}}" },
      ],
    }),
    lines({
      title: "Heap by space",
      description:
        "Where the heap is: new_space is young garbage, old_space what survived, large_object_space big buffers and strings.",
      unit: "bytes",
      stack: true,
      queries: [
        {
          expr: `sum by (v8js_heap_space_name) (v8js_memory_heap_used_bytes{${selected}})`,
          legend: "{{v8js_heap_space_name}}",
        },
      ],
    }),
    lines({
      title: "Resident memory",
      description:
        "What the operating system counts against a container's limit: heap, buffers outside of it and native code.",
      unit: "bytes",
      queries: [
        { expr: `max by (job, instance) (process_memory_usage_bytes{${selected}})`, legend: "{{job}} {{instance}}" },
      ],
    }),
    lines({
      title: "Time in garbage collection",
      description: "Share of wall-clock time, by process. Above 10 % the process mostly serves its own allocations.",
      unit: "percentunit",
      queries: [{ expr: `sum by (job, instance) (${gcSeconds})`, legend: "{{job}} {{instance}}" }],
      thresholds: { warn: 0.05, bad: 0.15 },
    }),
    lines({
      title: "Garbage collection pauses, p99",
      description:
        "99th percentile of single pauses by kind. minor is usual and short; major stops the program for longer.",
      unit: "s",
      queries: [{ expr: quantile(0.99, gcBuckets, "v8js_gc_type"), legend: "{{v8js_gc_type}}" }],
    }),
    lines({
      title: "Garbage collections",
      description: "Collections per second by kind.",
      unit: "ops",
      stack: true,
      queries: [{ expr: `sum by (v8js_gc_type) (${gcCount})`, legend: "{{v8js_gc_type}}" }],
    }),
  ],
};

const processor: Section = {
  title: "CPU and connection pools",
  panels: [
    lines({
      title: "CPU",
      description:
        "Cores used by process. A Node process that uses one full core is at its end, whatever the machine has left.",
      unit: "none",
      queries: [
        {
          expr: `sum by (job, instance) (${rate("process_cpu_time_seconds_total", selected)})`,
          legend: "{{job}} {{instance}}",
        },
      ],
      thresholds: { warn: 0.8, bad: 1 },
    }),
    lines({
      title: "Database connections",
      description: "Connections of each pool, used and idle.",
      unit: "none",
      stack: true,
      queries: [
        {
          expr: `sum by (job, db_client_connection_state) (db_client_connection_count{${selected}})`,
          legend: "{{job}} {{db_client_connection_state}}",
        },
      ],
    }),
    lines({
      title: "Waiting for a connection",
      description:
        "Requests queued in front of each pool. While this is above 0, a faster query or a larger pool helps and more CPU does not.",
      unit: "none",
      queries: [
        {
          expr: `sum by (job, instance) (db_client_connection_pending_requests{${selected}})`,
          legend: "{{job}} {{instance}}",
        },
      ],
      thresholds: { warn: 1, bad: 5 },
    }),
  ],
};

/** The inside of the Node processes: what saturates before a service gets slow. */
export const nodeRuntime: DashboardSpec = {
  uid: "venturi-node-runtime",
  title: "Venturi / Node runtime",
  description: "Event loop, garbage collection, heap, CPU and connection pools of every Node process.",
  variables: [datasourceVariable(), ...jobAndInstance(`__name__="nodejs_eventloop_utilization_ratio"`)],
  sections: [glance, eventLoop, memory, processor],
};
