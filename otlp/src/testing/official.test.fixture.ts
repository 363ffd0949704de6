import { SpanKind, SpanStatusCode, ValueType } from "@opentelemetry/api";
import {
  JsonLogsSerializer,
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import {
  type AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";

/** One export request as the official packages write it, in both encodings. */
export interface OfficialRequest {
  readonly protobuf: Uint8Array;
  readonly json: Uint8Array;
}

const resource = resourceFromAttributes({
  "service.name": "catalog",
  "service.namespace": "shop",
  "service.instance.id": "catalog-1",
  "process.pid": 4242,
});

/** `count` spans, every third with an error, an event and a link; every fifth a child. */
export function officialTraces(count: number): OfficialRequest {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer("http", "1.2.3");
  for (let index = 0; index < count; index++) {
    const span = tracer.startSpan(`GET /items/${index}`, {
      kind: index % 2 === 0 ? SpanKind.SERVER : SpanKind.CLIENT,
      startTime: [1_700_000_000 + index, 123_456_000],
      attributes: {
        "http.request.method": "GET",
        "http.route": "/items/:id",
        "http.response.status_code": 200 + index,
        "text.umlaut": "grüße 🎈",
        ratio: 0.25,
        negative: -7,
        large: 2 ** 40,
        cached: index % 2 === 0,
        tags: ["a", "b"],
      },
    });
    if (index % 3 === 0) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: "böse" });
      span.addEvent("exception", { "exception.message": 'a "quoted"\n line' }, [1_700_000_000 + index, 200_000_000]);
      span.addLink({ context: span.spanContext(), attributes: { why: "test" } });
    }
    span.end([1_700_000_000 + index, 373_456_000]);
  }
  const spans = exporter.getFinishedSpans();
  return both(ProtobufTraceSerializer.serializeRequest(spans), JsonTraceSerializer.serializeRequest(spans));
}

/** A counter, an up-down counter, a gauge, a histogram and an exponential histogram, each with two attribute sets. */
export async function officialMetrics(temporality: AggregationTemporality): Promise<OfficialRequest> {
  const exporter = new InMemoryMetricExporter(temporality);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({
    resource,
    readers: [reader],
    views: [
      {
        instrumentName: "http.server.request.duration",
        aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [0.005, 0.1, 1, 5] } },
      },
      {
        instrumentName: "db.client.operation.duration",
        aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM },
      },
    ],
  });
  const meter = provider.getMeter("runtime", "0.1.0");
  const requests = meter.createCounter("app.requests", { description: "requests seen", valueType: ValueType.INT });
  const connections = meter.createUpDownCounter("db.client.connection.count", { unit: "{connection}" });
  const utilization = meter.createGauge("nodejs.eventloop.utilization", { unit: "1" });
  const duration = meter.createHistogram("http.server.request.duration", { unit: "s" });
  const queries = meter.createHistogram("db.client.operation.duration", { unit: "s" });
  for (const route of ["/a", "/b"]) {
    requests.add(3, { "http.route": route });
    connections.add(-2, { state: "idle", route });
    utilization.record(0.5, { route });
    for (const seconds of [0.003, 0.1, 0.2, 7]) duration.record(seconds, { "http.route": route });
    for (const seconds of [0.25, 0.5, 3]) queries.record(seconds, { route });
  }
  await reader.forceFlush();
  const [metrics] = exporter.getMetrics();
  await provider.shutdown();
  if (metrics === undefined) throw new Error("the SDK exported nothing");
  return both(ProtobufMetricsSerializer.serializeRequest(metrics), JsonMetricsSerializer.serializeRequest(metrics));
}

/** Two log records, one with a structured body. */
export function officialLogs(): OfficialRequest {
  const exporter = new InMemoryLogRecordExporter();
  const provider = new LoggerProvider({ resource, processors: [new SimpleLogRecordProcessor({ exporter })] });
  const logger = provider.getLogger("app", "3.0.0");
  logger.emit({
    timestamp: [1_700_000_000, 5],
    severityNumber: 17,
    severityText: "ERROR",
    body: "it broke",
    eventName: "order.failed",
    attributes: { "order.id": 12 },
  });
  logger.emit({ timestamp: [1_700_000_001, 0], body: { nested: { list: [1, "two", null, true] } } });
  const records = exporter.getFinishedLogRecords();
  return both(ProtobufLogsSerializer.serializeRequest(records), JsonLogsSerializer.serializeRequest(records));
}

function both(protobuf: Uint8Array | undefined, json: Uint8Array | undefined): OfficialRequest {
  if (protobuf === undefined || json === undefined) throw new Error("the official serializer wrote nothing");
  return { protobuf, json };
}
