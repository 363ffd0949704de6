import grpc from "@grpc/grpc-js";
import type { Signal } from "@venturi/otlp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningCollector } from "../../collector.js";
import { exportPath } from "../../net/grpc-path.js";
import { toBuffer } from "../../net/grpc-service.js";
import { decodeRpcStatus } from "../../net/rpc-status.js";
import { addressOf, startTestCollector } from "../../testing/collector.test.fixture.js";
import { startSink } from "../../testing/sink.test.fixture.js";
import { logsJson, requestBytes, tracesBytes } from "../../testing/telemetry.test.fixture.js";

function clientOf(address: string): grpc.Client {
  return new grpc.Client(address, grpc.credentials.createInsecure(), { "grpc.default_compression_algorithm": 2 });
}

function call(target: grpc.Client, signal: Signal, bytes: Uint8Array): Promise<Buffer | grpc.ServiceError> {
  return new Promise((resolve) => {
    target.makeUnaryRequest(
      exportPath(signal),
      toBuffer,
      (answer: Buffer) => answer,
      bytes,
      (error, answer) => resolve(error ?? (answer as Buffer)),
    );
  });
}

describe.each(["plain", "grpc-js"])("by %s", (server) => {
  let collector: RunningCollector;
  let client: grpc.Client;
  const GRPC = `receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0", grpc_server: ${server}}}}}`;

  beforeAll(async () => {
    collector = await startTestCollector(`
${GRPC}
exporters: {nop: }
service: {pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}
`);
    client = clientOf(addressOf(collector, "receiver otlp", "grpc"));
  });
  afterAll(async () => {
    client.close();
    await collector.shutdown();
  });

  test("gzipped requests are taken; the answer is an empty message", async () => {
    expect(await call(client, "traces", tracesBytes([{}, {}]))).toEqual(Buffer.alloc(0));
    expect(collector.ledger().pipelines[0]).toMatchObject({ accepted: 2, exits: { nop: { sent: 2 } } });
  });

  test.each([
    ["garbage", "traces", Buffer.from("garbage!"), grpc.status.INVALID_ARGUMENT],
    ["a signal without pipeline", "logs", requestBytes("logs", logsJson(["a"])), grpc.status.UNIMPLEMENTED],
    ["a message above the limit, inflated", "traces", Buffer.alloc(5 * 1024 * 1024), grpc.status.RESOURCE_EXHAUSTED],
  ] as const)("%s", async (_name, signal, bytes, code) => {
    expect(await call(client, signal, bytes)).toMatchObject({ code });
  });

  test("a full queue is RESOURCE_EXHAUSTED with RetryInfo, so that clients come back; memory pressure is UNAVAILABLE", async () => {
    const sink = await startSink();
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    sink.answer = async () => {
      await held;
      return { status: 200 };
    };
    const full = await startTestCollector(`
${GRPC}
processors: {memory_limiter: {check_interval: 10s, limit_mib: 1}}
exporters: {otlphttp: {endpoint: "${sink.url}", sending_queue: {queue_size: 1}}, nop: }
service:
  pipelines:
    traces: {receivers: [otlp], exporters: [otlphttp]}
    logs: {receivers: [otlp], processors: [memory_limiter], exporters: [nop]}
`);
    const target = clientOf(addressOf(full, "receiver otlp", "grpc"));
    await call(target, "traces", tracesBytes([{}]));
    const refused = (await call(target, "traces", tracesBytes([{}]))) as grpc.ServiceError;
    expect(refused).toMatchObject({ code: grpc.status.RESOURCE_EXHAUSTED, details: "sending queue is full" });
    const [detail] = refused.metadata.get("grpc-status-details-bin");
    expect(decodeRpcStatus(detail as Buffer)).toEqual({
      code: 8,
      message: "sending queue is full",
      retryAfterMs: 1000,
    });
    expect(await call(target, "logs", requestBytes("logs", logsJson(["a"])))).toMatchObject({
      code: grpc.status.UNAVAILABLE,
    });
    release();
    target.close();
    await full.shutdown();
    await sink.close();
  });

  test("one collector feeds another over gRPC", async () => {
    const address = addressOf(collector, "receiver otlp", "grpc");
    const before = collector.ledger().pipelines[0]?.accepted ?? 0;
    const first = await startTestCollector(`
${GRPC}
exporters: {otlp: {endpoint: "${address}", tls: {insecure: true}}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [otlp]}}}
`);
    const target = clientOf(addressOf(first, "receiver otlp", "grpc"));
    await call(target, "traces", tracesBytes([{}, {}, {}]));
    target.close();
    await first.shutdown();
    expect(first.ledger().pipelines[0]).toMatchObject({ accepted: 3, exits: { otlp: { sent: 3, queued: 0 } } });
    expect(collector.ledger().pipelines[0]?.accepted).toBe(before + 3);
  });
});
