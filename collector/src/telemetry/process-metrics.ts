import type { MetricRegistry } from "./metric-registry.js";

/** The Collector's metrics about its own process. */
export function observeProcess(registry: MetricRegistry): void {
  const observe = (type: "counter" | "gauge", name: string, help: string, unit: string, read: () => number): void =>
    registry.observe(type, { name: `otelcol_process_${name}`, help, unit }, {}, read);
  const cpu = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  observe("counter", "uptime", "Uptime of the process", "s", () => process.uptime());
  observe("counter", "cpu_seconds", "Total CPU user and system time in seconds", "s", cpu);
  const rss = "Total physical memory (resident set size)";
  observe("gauge", "memory_rss", rss, "By", () => process.memoryUsage.rss());
  const heap = "Bytes of allocated heap objects";
  observe("gauge", "runtime_heap_alloc_bytes", heap, "By", () => process.memoryUsage().heapUsed);
  const system = "Total bytes of memory obtained from the OS for the heap and for buffers";
  observe("gauge", "runtime_total_sys_memory_bytes", system, "By", () => {
    const { heapTotal, external } = process.memoryUsage();
    return heapTotal + external;
  });
}
