import { expect, test } from "vitest";
import { type MetricShape, prometheusName } from "./names.js";

const cases: readonly [string, string, MetricShape["kind"], string][] = [
  ["http.server.request.duration", "s", "other", "http_server_request_duration_seconds"],
  ["process.cpu.time", "s", "counter", "process_cpu_time_seconds_total"],
  ["process.cpu.utilization", "1", "gauge", "process_cpu_utilization_ratio"],
  ["v8js.memory.heap.used", "By", "other", "v8js_memory_heap_used_bytes"],
  ["db.client.connection.count", "{connection}", "other", "db_client_connection_count"],
  ["system.disk.io", "By", "counter", "system_disk_io_bytes_total"],
  ["net.rate", "By/s", "gauge", "net_rate_bytes_per_second"],
  ["queue.rate", "{message}/s", "gauge", "queue_rate_per_second"],
  ["job_total", "", "counter", "job_total"],
  ["total.jobs", "", "counter", "jobs_total"],
  ["wait_seconds", "s", "gauge", "wait_seconds"],
  ["2xx", "", "gauge", "_2xx"],
];

test.each(cases)("%s in %j as %s", (name, unit, kind, expected) => {
  expect(prometheusName({ name, unit, kind })).toBe(expected);
});
