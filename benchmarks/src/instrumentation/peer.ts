/** A process of its own: a null OTLP sink that counts bytes, and the service that the fetch hop calls. */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface PeerCounts {
  readonly otlpRequests: number;
  readonly otlpBytes: number;
}

let otlpRequests = 0;
let otlpBytes = 0;
const stock = Buffer.from('{"stock":7}');

function answer(response: ServerResponse, contentType: string, body: Buffer): void {
  response.writeHead(200, { "Content-Type": contentType, "Content-Length": body.byteLength });
  response.end(body);
}

const server = createServer((request, response) => {
  if (request.method === "GET") return answer(response, "application/json", stock);
  otlpRequests += 1;
  request.on("data", (chunk: Buffer) => (otlpBytes += chunk.byteLength));
  request.on("end", () => answer(response, "application/x-protobuf", Buffer.alloc(0)));
});
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("message", () => {
  process.send?.({ otlpRequests, otlpBytes } satisfies PeerCounts);
  otlpRequests = 0;
  otlpBytes = 0;
});
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
