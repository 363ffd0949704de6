import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { readBatch } from "@venturi/otlp";

/** What a collector's exporter delivered so far. */
export interface Received {
  spans: number;
  /** As sent, compressed or not. */
  bytes: number;
}

export interface Sink {
  readonly port: number;
  readonly received: Received;
  close(): void;
}

/** Counts the spans that arrive, and checks that they are well-formed. */
export async function startSink(protocol: "http" | "grpc"): Promise<Sink> {
  const received: Received = { spans: 0, bytes: 0 };
  const server = protocol === "http" ? httpSink(received) : grpcSink(received);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, received, close: () => server.close() };
}

function httpSink(received: Received) {
  return createHttpServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const body = Buffer.concat(parts);
      const plain = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
      received.bytes += body.length;
      received.spans += readBatch("traces", plain).itemCount;
      response.writeHead(200, { "content-type": "application/x-protobuf", "content-length": 0 });
      response.end();
    });
  });
}

function grpcSink(received: Received) {
  const server = createHttp2Server({ settings: { initialWindowSize: 16 * 1024 * 1024 } });
  server.on("session", (session) => session.setLocalWindowSize(16 * 1024 * 1024));
  server.on("stream", (stream) => {
    const parts: Buffer[] = [];
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("end", () => {
      const message = Buffer.concat(parts);
      received.bytes += message.length;
      received.spans += readBatch("traces", message.subarray(5)).itemCount;
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.end(Buffer.alloc(5));
    });
  });
  return server;
}
