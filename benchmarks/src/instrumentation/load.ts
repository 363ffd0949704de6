/** A closed-loop load generator on raw sockets: cheap, so that it does not compete with the app for the processor. */
import { connect, type Socket } from "node:net";

export interface LoadResult {
  readonly requests: number;
  readonly wallMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const get = (path: string): Buffer =>
  Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\n\r\n`);
const order = '{"item":"A-17","quantity":3}';
const post = Buffer.from(
  `POST /api/acme/orders HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nContent-Type: application/json\r\nContent-Length: ${order.length}\r\n\r\n${order}`,
);

/** 40 % JSON with a route parameter, 20 % each a POST, a fetch hop and a chain of five middlewares. */
export const mix: readonly Buffer[] = [
  get("/api/acme/items/17"),
  post,
  get("/api/acme/hop/17"),
  get("/api/acme/items/18"),
  get("/api/acme/steps/17"),
];

/** Sends `requests` requests over keep-alive connections, each waiting for its answer. Throws on any status but 2xx. */
export async function runLoad(port: number, requests: number, connections: number): Promise<LoadResult> {
  const latencies = new Float64Array(requests);
  let sent = 0;
  const startMs = performance.now();
  const take = (): number => (sent < requests ? sent++ : -1);
  await Promise.all(Array.from({ length: connections }, () => oneConnection(port, take, latencies)));
  const wallMs = performance.now() - startMs;
  latencies.sort();
  const at = (share: number): number => latencies[Math.min(requests - 1, Math.floor(requests * share))] ?? 0;
  return { requests, wallMs, p50Ms: at(0.5), p99Ms: at(0.99) };
}

function oneConnection(port: number, take: () => number, latencies: Float64Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let index = -1;
    let sentMs = 0;
    let received = "";
    const next = (): void => {
      index = take();
      if (index < 0) {
        socket.end();
        resolve();
        return;
      }
      sentMs = performance.now();
      socket.write(mix[index % mix.length] ?? post);
    };
    socket.on("connect", next);
    socket.on("error", reject);
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      received += chunk;
      if (!isComplete(received)) return;
      latencies[index] = performance.now() - sentMs;
      if (!received.startsWith("HTTP/1.1 2")) reject(new Error(`the app answered ${received.slice(0, 200)}`));
      received = "";
      next();
    });
  });
}

function isComplete(text: string): boolean {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return false;
  const length = /content-length: (\d+)/i.exec(text);
  return text.length >= headEnd + 4 + Number(length?.[1] ?? 0);
}
