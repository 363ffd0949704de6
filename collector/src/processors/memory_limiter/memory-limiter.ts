import { totalmem } from "node:os";
import v8 from "node:v8";
import type { Batch, Signal } from "@venturi/otlp";
import { z } from "zod";
import type { ComponentHost, Consumer, Outcome, Processor, ProcessorFactory, Refusal } from "../../component.js";
import { count, durationMs } from "../../config/schema-types.js";
import { itemNoun, itemUnit, itemWords } from "../../telemetry/item-names.js";
import type { Counter } from "../../telemetry/metric-registry.js";

const schema = z
  .strictObject({
    check_interval: durationMs("0"),
    limit_mib: count(0),
    spike_limit_mib: count(0),
    limit_percentage: count(0),
    spike_limit_percentage: count(0),
    // V8 collects garbage by itself and offers no call for it; accepted so that a working config runs.
    min_gc_interval_when_soft_limited: durationMs("10s"),
    min_gc_interval_when_hard_limited: durationMs("0"),
  })
  .superRefine((it, context) => {
    const report = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
    if (it.check_interval === 0) report("check_interval", "must be greater than zero");
    if (it.limit_mib === 0 && it.limit_percentage === 0) {
      report("limit_mib", "limit_mib or limit_percentage must be greater than zero");
    }
    if (it.limit_mib > 0 && it.spike_limit_mib >= it.limit_mib) {
      report("spike_limit_mib", "must be smaller than limit_mib");
    }
    if (it.limit_percentage > 100) report("limit_percentage", "must be at most 100");
    if (it.limit_percentage > 0 && it.spike_limit_percentage >= it.limit_percentage) {
      report("spike_limit_percentage", "must be smaller than limit_percentage");
    }
  });

export type MemoryLimiterConfig = z.infer<typeof schema>;

/** Refuses data while the process uses too much memory. Comes first in a pipeline, so that the refusal reaches the sender. */
export const memoryLimiterProcessor: ProcessorFactory<MemoryLimiterConfig> = {
  kind: "processor",
  type: "memory_limiter",
  schema,
  signals: { traces: "beta", metrics: "beta", logs: "beta" },
  create: (config, signal, next, _lane, host) => new MemoryLimiter(config, signal, next, host),
};

const MIB = 1024 * 1024;

export interface MemoryLimits {
  /** Above: data is refused. */
  readonly softBytes: number;
  readonly hardBytes: number;
}

/** `limit_mib` has precedence over `limit_percentage`; the spike is a fifth of the limit unless it is given. */
export function memoryLimits(config: MemoryLimiterConfig, totalBytes: number): MemoryLimits {
  if (config.limit_mib > 0) {
    const hardBytes = config.limit_mib * MIB;
    const spikeBytes = config.spike_limit_mib > 0 ? config.spike_limit_mib * MIB : hardBytes / 5;
    return { hardBytes, softBytes: hardBytes - spikeBytes };
  }
  const hardBytes = (config.limit_percentage / 100) * totalBytes;
  const spikeBytes =
    config.spike_limit_percentage > 0 ? (config.spike_limit_percentage / 100) * totalBytes : hardBytes / 5;
  return { hardBytes, softBytes: hardBytes - spikeBytes };
}

/** Memory that belongs to data: the heap and the buffers outside it, where the wire bytes are. */
function usedBytes(): number {
  const heap = v8.getHeapStatistics();
  return heap.used_heap_size + heap.external_memory;
}

/** The container's limit where there is one. */
function totalBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}

const REFUSAL: Refusal = {
  reason: "memory_limited",
  message: "data refused due to high memory usage",
  retryable: true,
  retryAfterMs: 1000,
};

class MemoryLimiter implements Processor {
  private readonly config: MemoryLimiterConfig;
  private readonly next: Consumer;
  private readonly host: ComponentHost;
  private readonly limits: MemoryLimits;
  private readonly accepted: Counter;
  private readonly refused: Counter;
  private readonly incoming: Counter;
  private readonly outgoing: Counter;
  private timer: NodeJS.Timeout | undefined;
  private limited = false;

  constructor(config: MemoryLimiterConfig, signal: Signal, next: Consumer, host: ComponentHost) {
    this.config = config;
    this.next = next;
    this.host = host;
    this.limits = memoryLimits(config, totalBytes());
    const counter = (name: string, help: string) =>
      host.metrics.counter(
        { name: `otelcol_processor_memory_limiter_${name}_${itemNoun(signal)}`, help, unit: itemUnit(signal) },
        { processor: host.id.text },
      );
    const items = (name: string, help: string) =>
      host.metrics.counter(
        { name: `otelcol_processor_${name}_items`, help, unit: "{item}" },
        { processor: host.id.text, otel_signal: signal },
      );
    this.incoming = items("incoming", "Number of items passed to the processor.");
    this.outgoing = items("outgoing", "Number of items emitted from the processor.");
    const words = itemWords(signal);
    this.accepted = counter(
      "accepted",
      `Number of ${words} successfully pushed into the next component in the pipeline.`,
    );
    this.refused = counter("refused", `Number of ${words} that were rejected by the next component in the pipeline.`);
  }

  async start(): Promise<void> {
    this.check();
    this.timer = setInterval(() => this.check(), this.config.check_interval);
  }

  consume(batch: Batch): Outcome | Promise<Outcome> {
    this.incoming.add(batch.itemCount);
    if (this.limited) {
      this.refused.add(batch.itemCount);
      return REFUSAL;
    }
    this.accepted.add(batch.itemCount);
    this.outgoing.add(batch.itemCount);
    return this.next.consume(batch);
  }

  async shutdown(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private check(): void {
    const used = usedBytes();
    const limited = used > this.limits.softBytes;
    if (limited !== this.limited) {
      const fields = { cur_mem_mib: Math.round(used / MIB), soft_limit_mib: Math.round(this.limits.softBytes / MIB) };
      if (limited) this.host.log.warn("Memory usage is above soft limit. Refusing data.", fields);
      else this.host.log.info("Memory usage back within limits. Resuming normal operation.", fields);
    }
    this.limited = limited;
  }
}
