import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { OTLPTraceExporter as GrpcExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BasicTracerProvider, SimpleSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { forEachSpan, readBatch } from "@venturi/otlp";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningCollector } from "./collector.js";
import { addressOf, startTestCollector } from "./testing/collector.test.fixture.js";
import { type Sink, startSink } from "./testing/sink.test.fixture.js";

let collector: RunningCollector;
let sink: Sink;
beforeAll(async () => {
  sink = await startSink();
  collector = await startTestCollector(`
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:0"}, grpc: {endpoint: "127.0.0.1:0"}}}}
exporters: {otlphttp: {endpoint: "${sink.url}"}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [otlphttp]}}}
`);
});
afterAll(async () => {
  await collector.shutdown();
  await sink.close();
});

const http = () => `http://${addressOf(collector, "receiver otlp", "http")}/v1/traces`;
const exporters: [name: string, create: () => SpanExporter][] = [
  ["protobuf over HTTP", () => new ProtobufExporter({ url: http() })],
  ["JSON over HTTP, gzipped", () => new JsonExporter({ url: http(), compression: "gzip" as never })],
  ["gRPC", () => new GrpcExporter({ url: `http://${addressOf(collector, "receiver otlp", "grpc")}` })],
];

test.each(exporters)("spans of the OpenTelemetry SDK come through: %s", async (name, create) => {
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(create())] });
  const tracer = provider.getTracer("test");
  const parent = tracer.startSpan("parent", { attributes: { name, n: 1, yes: true } });
  const child = tracer.startSpan("child", {}, trace.setSpan(ROOT_CONTEXT, parent));
  child.addEvent("event");
  child.end();
  parent.end();
  const expected = sink.requests.length + 2;
  await provider.forceFlush();
  await provider.shutdown();
  await sink.received(expected);
  const spans: Record<string, unknown>[] = [];
  for (const { body } of sink.requests.slice(-2)) {
    forEachSpan(readBatch("traces", body), ({ name: spanName, traceId, spanId, parentSpanId, attributes, events }) =>
      spans.push({ spanName, traceId, spanId, parentSpanId, attributes: attributes.toObject(), events: events.length }),
    );
  }
  spans.sort((a, b) => String(a.spanName).localeCompare(String(b.spanName)));
  const { traceId, spanId } = parent.spanContext();
  expect(spans).toEqual([
    { spanName: "child", traceId, spanId: child.spanContext().spanId, parentSpanId: spanId, attributes: {}, events: 1 },
    { spanName: "parent", traceId, spanId, parentSpanId: "", attributes: { name, n: 1, yes: true }, events: 0 },
  ]);
});
