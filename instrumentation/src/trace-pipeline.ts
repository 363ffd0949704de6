import type { SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace";
import { warn } from "./diagnostics.js";
import { type Environment, httpProtocol, positiveNumber } from "./environment.js";
import { loadSdkTrace, requireFromNodeSdk } from "./otel.js";
import { createSpanExporter } from "./otlp/exporters.js";

export interface TracePipeline {
  readonly spanProcessors: readonly SpanProcessor[];
  /** Where spans go, for people. */
  readonly destinations: readonly string[];
  flush(): Promise<void>;
}

/** One processor for each name in OTEL_TRACES_EXPORTER. */
export function createTracePipeline(environment: Environment): TracePipeline {
  const spanProcessors: SpanProcessor[] = [];
  const destinations: string[] = [];
  const flushes: (() => Promise<unknown>)[] = [];
  const add = (processor: SpanProcessor, destination: string, exporter?: SpanExporter): void => {
    spanProcessors.push(processor);
    destinations.push(destination);
    flushes.push(async () => {
      await processor.forceFlush();
      await exporter?.forceFlush?.();
    });
  };
  for (const name of environment.tracesExporters) {
    if (name === "otlp") {
      const { exporter, url } = createOtlpExporter(environment.tracesProtocol);
      add(batching(exporter), url, exporter);
    } else if (name === "zipkin") {
      const { ZipkinExporter } = requireFromNodeSdk<ZipkinPackage>("@opentelemetry/exporter-zipkin");
      add(batching(new ZipkinExporter()), "Zipkin");
    } else if (name === "console") {
      const { ConsoleSpanExporter, SimpleSpanProcessor } = loadSdkTrace();
      add(new SimpleSpanProcessor({ exporter: new ConsoleSpanExporter() }), "console");
    } else {
      warn(name, `OTEL_TRACES_EXPORTER: "${name}" is not one of otlp, console, zipkin, none; it is left out`);
    }
  }
  return {
    spanProcessors,
    destinations,
    flush: async () => void (await Promise.allSettled(flushes.map((flush) => flush()))),
  };
}

interface ZipkinPackage {
  readonly ZipkinExporter: new () => SpanExporter;
}

interface GrpcPackage {
  readonly OTLPTraceExporter: new () => SpanExporter;
}

function createOtlpExporter(protocol: string): { exporter: SpanExporter; url: string } {
  if (protocol !== "grpc") return createSpanExporter(httpProtocol(protocol, "traces"));
  const { OTLPTraceExporter } = requireFromNodeSdk<GrpcPackage>("@opentelemetry/exporter-trace-otlp-grpc");
  return { exporter: new OTLPTraceExporter(), url: "OTLP/gRPC" };
}

function batching(exporter: SpanExporter): SpanProcessor {
  const { BatchSpanProcessor } = loadSdkTrace();
  const settings = {
    maxQueueSize: positiveNumber("OTEL_BSP_MAX_QUEUE_SIZE"),
    scheduledDelayMillis: positiveNumber("OTEL_BSP_SCHEDULE_DELAY"),
    exportTimeoutMillis: positiveNumber("OTEL_BSP_EXPORT_TIMEOUT"),
    maxExportBatchSize: positiveNumber("OTEL_BSP_MAX_EXPORT_BATCH_SIZE"),
  };
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  return new BatchSpanProcessor({ exporter, ...given });
}
