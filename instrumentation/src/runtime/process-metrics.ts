import { availableParallelism } from "node:os";
import type { MeterProvider } from "@opentelemetry/api";

interface CpuReading {
  readonly atMs: number;
  readonly userS: number;
  readonly systemS: number;
}

/** A second reader (Prometheus beside OTLP) that asks within this time gets the same utilization. */
const utilizationWindowMs = 500;

function readCpu(): CpuReading {
  const { user, system } = process.cpuUsage();
  return { atMs: performance.now(), userS: user / 1e6, systemS: system / 1e6 };
}

/** Shares of all CPUs (0 to 1) between two readings. */
function utilization(from: CpuReading, to: CpuReading): { user: number; system: number } {
  const capacityS = ((to.atMs - from.atMs) / 1_000) * availableParallelism();
  return { user: (to.userS - from.userS) / capacityS, system: (to.systemS - from.systemS) / capacityS };
}

/** `process.cpu.time`, `process.cpu.utilization`, `process.memory.usage` and `process.uptime`, by semantic convention. */
export function registerProcessMetrics(provider: MeterProvider): void {
  const meter = provider.getMeter("@venturi/instrumentation/process", "0.1.0");
  meter
    .createObservableCounter("process.cpu.time", { unit: "s", description: "Total CPU seconds by mode." })
    .addCallback((result) => {
      const { userS, systemS } = readCpu();
      result.observe(userS, { "cpu.mode": "user" });
      result.observe(systemS, { "cpu.mode": "system" });
    });
  let last = readCpu();
  let share = { user: 0, system: 0 };
  meter
    .createObservableGauge("process.cpu.utilization", {
      unit: "1",
      description: "CPU time since the last measurement, divided by the elapsed time and the number of CPUs.",
    })
    .addCallback((result) => {
      const now = readCpu();
      if (now.atMs - last.atMs >= utilizationWindowMs) {
        share = utilization(last, now);
        last = now;
      }
      result.observe(share.user, { "cpu.mode": "user" });
      result.observe(share.system, { "cpu.mode": "system" });
    });
  meter
    .createObservableUpDownCounter("process.memory.usage", { unit: "By", description: "Physical memory in use." })
    .addCallback((result) => result.observe(process.memoryUsage.rss()));
  meter
    .createObservableGauge("process.uptime", { unit: "s", description: "The time the process has been running." })
    .addCallback((result) => result.observe(process.uptime()));
}
