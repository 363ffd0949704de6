import type { DashboardSpec, Section } from "../dashboard.js";
import { lines, number } from "../panels.js";
import { ownMetric, quantile, selected } from "../promql.js";
import { datasourceVariable, jobAndInstance } from "../variables.js";

const signals = ["spans", "metric_points", "log_records"] as const;

/** `rate()` of one of the collector's counters. */
function counter(name: string): string {
  return `rate(${ownMetric(name, ["_total"], selected)}[$__rate_interval])`;
}

/** One line per signal of a counter that exists once per signal. */
function perSignal(prefix: string, by: string, legend: string): { expr: string; legend: string }[] {
  return signals.map((signal) => ({
    expr: `sum by (${by}) (${counter(`${prefix}_${signal}`)})`,
    legend: `${legend} ${signal}`,
  }));
}

/** Like {@link perSignal}, but 0 instead of absent for every exporter that sends the signal: failures are not counted before the first. */
function failuresPerSignal(prefix: string, legend: string): { expr: string; legend: string }[] {
  return signals.map((signal) => ({
    expr: `sum by (exporter) (${counter(`${prefix}_${signal}`)}) or 0 * sum by (exporter) (${counter(`otelcol_exporter_sent_${signal}`)})`,
    legend: `${legend} ${signal}`,
  }));
}

/** All signals together; a signal that never came counts as 0 instead of making the sum absent. */
function everySignal(prefix: string): string {
  return signals.map((signal) => `(sum(${counter(`${prefix}_${signal}`)}) or vector(0))`).join(" + ");
}

const glance: Section = {
  title: "At a glance",
  panels: [
    number({
      title: "Accepted",
      description: "Spans, metric points and log records per second that receivers took in.",
      unit: "cps",
      span: 6,
      expr: everySignal("otelcol_receiver_accepted"),
    }),
    number({
      title: "Sent",
      description: "Items per second that exporters delivered. One item counts once for each exporter.",
      unit: "cps",
      span: 6,
      expr: everySignal("otelcol_exporter_sent"),
    }),
    number({
      title: "Refused or lost",
      description:
        "Items per second that were refused at the door, could not be queued or failed to be sent. Should be 0.",
      unit: "cps",
      span: 6,
      expr: ["otelcol_receiver_refused", "otelcol_exporter_enqueue_failed", "otelcol_exporter_send_failed"]
        .map(everySignal)
        .join(" + "),
      thresholds: { warn: 0.001, bad: 1 },
    }),
    number({
      title: "Fullest queue",
      description: "Size over capacity of the fullest sending queue. At 1 new data is refused.",
      unit: "percentunit",
      decimals: 1,
      span: 6,
      expr: `max(otelcol_exporter_queue_size{${selected}} / otelcol_exporter_queue_capacity{${selected}})`,
      thresholds: { warn: 0.5, bad: 0.9 },
    }),
  ],
};

const receivers: Section = {
  title: "In: receivers",
  panels: [
    lines({
      title: "Accepted",
      description: "Items per second by receiver and signal.",
      unit: "cps",
      span: 12,
      queries: perSignal("otelcol_receiver_accepted", "receiver, transport", "{{receiver}} {{transport}}"),
    }),
    lines({
      title: "Refused",
      description:
        "Items per second that a receiver turned away because the pipeline behind it was full. Senders retry these.",
      unit: "cps",
      span: 12,
      queries: perSignal("otelcol_receiver_refused", "receiver, transport", "{{receiver}} {{transport}}"),
    }),
  ],
};

const processors: Section = {
  title: "Between: processors",
  panels: [
    lines({
      title: "Items through processors",
      description:
        "Items per second into and out of each processor. Less out than in is what a processor drops, filters or samples.",
      unit: "cps",
      queries: [
        {
          expr: `sum by (processor, otel_signal) (${counter("otelcol_processor_incoming_items")})`,
          legend: "{{processor}} {{otel_signal}} in",
        },
        {
          expr: `sum by (processor, otel_signal) (${counter("otelcol_processor_outgoing_items")})`,
          legend: "{{processor}} {{otel_signal}} out",
        },
      ],
    }),
    lines({
      title: "Batch size",
      description:
        "Items in a batch that the batch processor sends. Much below send_batch_size means that the timeout, not the size, sends them.",
      unit: "none",
      queries: [0.5, 0.95].map((q) => ({
        expr: quantile(q, `rate(otelcol_processor_batch_batch_send_size_bucket{${selected}}[$__rate_interval])`, ""),
        legend: `p${q * 100}`,
      })),
    }),
    lines({
      title: "Why batches are sent",
      description: "Batches per second sent because they were full, and because their time was up.",
      unit: "ops",
      queries: [
        {
          expr: `sum by (processor) (${counter("otelcol_processor_batch_batch_size_trigger_send")})`,
          legend: "{{processor}} full",
        },
        {
          expr: `sum by (processor) (${counter("otelcol_processor_batch_timeout_trigger_send")})`,
          legend: "{{processor}} timeout",
        },
      ],
    }),
  ],
};

const exporters: Section = {
  title: "Out: exporters",
  panels: [
    lines({
      title: "Sent",
      description: "Items per second that a back end took.",
      unit: "cps",
      queries: perSignal("otelcol_exporter_sent", "exporter", "{{exporter}}"),
    }),
    lines({
      title: "Failed",
      description:
        "Items per second that could not be sent, after all retries, or for which the queue had no room. This is data lost.",
      unit: "cps",
      queries: [
        ...failuresPerSignal("otelcol_exporter_send_failed", "{{exporter}} send"),
        ...failuresPerSignal("otelcol_exporter_enqueue_failed", "{{exporter}} enqueue"),
      ],
    }),
    lines({
      title: "Queue",
      description:
        "Size of each sending queue and its capacity. A queue that grows means that its back end is slower than what comes in.",
      unit: "none",
      queries: [
        {
          expr: `sum by (exporter, data_type) (otelcol_exporter_queue_size{${selected}})`,
          legend: "{{exporter}} {{data_type}}",
        },
        {
          expr: `sum by (exporter, data_type) (otelcol_exporter_queue_capacity{${selected}})`,
          legend: "{{exporter}} {{data_type}} capacity",
        },
      ],
    }),
  ],
};

const processPanels: Section = {
  title: "The process",
  panels: [
    lines({
      title: "CPU",
      description: "Cores used by each collector.",
      unit: "none",
      queries: [
        {
          expr: `sum by (job, instance) (rate(${ownMetric("otelcol_process_cpu_seconds", ["_total"], selected)}[$__rate_interval]))`,
          legend: "{{job}} {{instance}}",
        },
      ],
    }),
    lines({
      title: "Resident memory",
      description:
        "What counts against the container's limit. The memory_limiter processor refuses data before this gets too large.",
      unit: "bytes",
      queries: [
        {
          expr: `max by (job, instance) (${ownMetric("otelcol_process_memory_rss", ["_bytes"], selected)})`,
          legend: "{{job}} {{instance}}",
        },
      ],
    }),
    lines({
      title: "Items per CPU-second",
      description: "Accepted items for each second of CPU: the collector's efficiency, independent of the load.",
      unit: "none",
      queries: [
        {
          expr: `(${everySignal("otelcol_receiver_accepted")}) / sum(rate(${ownMetric("otelcol_process_cpu_seconds", ["_total"], selected)}[$__rate_interval]))`,
          legend: "items per CPU-second",
        },
      ],
    }),
  ],
};

/** The collector's ledger, queues and cost. Works for a stock OpenTelemetry Collector too. */
export const collector: DashboardSpec = {
  uid: "venturi-collector",
  title: "Venturi / Collector",
  description:
    "What the collector accepted, refused, sent and lost, its queues and its cost. Works for any OpenTelemetry Collector.",
  variables: [datasourceVariable(), ...jobAndInstance(`__name__=~"otelcol_process_uptime.*"`)],
  sections: [glance, receivers, processors, exporters, processPanels],
};
