import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startShop } from "@venturi/shop";
import { expect, test } from "vitest";
import { startOtelcol } from "./support/backends.js";
import { cleanup } from "./support/cleanup.js";
import { spansInFile } from "./support/otlp-json.js";
import { freePorts } from "./support/ports.js";
import { venturi } from "./support/venturi.js";

const { defer, temporaryFolder } = cleanup();

/** Stock otelcol: keeps what it receives as the truth, and sends it on to ours over gRPC and over HTTP. */
const senderConfig = (folder: string, httpPort: number, oursGrpc: number, oursHttp: number): string => `
receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:${httpPort} } } } }
exporters:
  file: { path: ${join(folder, "truth.json")} }
  otlp: { endpoint: 127.0.0.1:${oursGrpc}, tls: { insecure: true } }
  otlphttp: { endpoint: http://127.0.0.1:${oursHttp} }
service:
  telemetry: { metrics: { level: none } }
  pipelines: { traces: { receivers: [otlp], exporters: [file, otlp, otlphttp] } }
`;

/** Ours: sends everything on to stock otelcol over gRPC and over HTTP. */
const oursConfig = (grpc: number, http: number, stockGrpc: number, stockHttp: number): string => `
receivers:
  otlp: { protocols: { grpc: { endpoint: 127.0.0.1:${grpc} }, http: { endpoint: 127.0.0.1:${http} } } }
processors: { batch: { timeout: 200ms } }
exporters:
  otlp: { endpoint: 127.0.0.1:${stockGrpc}, tls: { insecure: true } }
  otlphttp: { endpoint: http://127.0.0.1:${stockHttp} }
service:
  telemetry: { metrics: { level: none } }
  pipelines: { traces: { receivers: [otlp], processors: [batch], exporters: [otlp, otlphttp] } }
`;

/** Stock otelcol again: writes down what came over each protocol. */
const sinkConfig = (folder: string, grpc: number, http: number): string => `
receivers:
  otlp/grpc: { protocols: { grpc: { endpoint: 127.0.0.1:${grpc} } } }
  otlp/http: { protocols: { http: { endpoint: 127.0.0.1:${http} } } }
exporters:
  file/grpc: { path: ${join(folder, "over-grpc.json")} }
  file/http: { path: ${join(folder, "over-http.json")} }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    traces/grpc: { receivers: [otlp/grpc], exporters: [file/grpc] }
    traces/http: { receivers: [otlp/http], exporters: [file/http] }
`;

test("spans pass otelcol → ours → otelcol unchanged, over gRPC and over HTTP", async () => {
  const folder = await temporaryFolder();
  const [senderHttp, oursGrpc, oursHttp, sinkGrpc, sinkHttp] = (await freePorts(5)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const sink = await startOtelcol(folder, "sink", sinkConfig(folder, sinkGrpc, sinkHttp));
  defer(() => sink.stop());
  const oursFile = join(folder, "ours.yaml");
  await writeFile(oursFile, oursConfig(oursGrpc, oursHttp, sinkGrpc, sinkHttp));
  const ours = venturi(["collector", "--config", oursFile]);
  defer(() => ours.stop());
  await ours.waitForOutput(/Everything is ready/);
  const sender = await startOtelcol(folder, "sender", senderConfig(folder, senderHttp, oursGrpc, oursHttp));
  defer(() => sender.stop());

  const shop = await startShop({ otlpEndpoint: `http://127.0.0.1:${senderHttp}` });
  for (let i = 1; i <= 20; i++) await (await fetch(`${shop.gatewayUrl}/products/${i}`)).arrayBuffer();
  await shop.stop();

  // Each one drains into the next before it ends, so that afterwards every file is complete.
  for (const collector of [sender, ours, sink]) await collector.stop();
  const truth = await spansInFile(join(folder, "truth.json"));
  expect(truth.filter((span) => span.includes('"name":"GET /products/:id"')).length).toBeGreaterThanOrEqual(20);
  // Each span reaches ours twice (gRPC and HTTP), and ours sends everything over both protocols.
  const twice = truth.flatMap((span) => [span, span]);
  for (const protocol of ["grpc", "http"]) {
    const arrived = await spansInFile(join(folder, `over-${protocol}.json`));
    // The first difference says enough, and can be read.
    const differs = twice.findIndex((span, index) => span !== arrived[index]);
    expect({ count: arrived.length, first: arrived[differs] }).toEqual({ count: twice.length, first: twice[differs] });
  }
});
