import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** Inflated. */
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** A real HTTP server that answers what the test wants. */
export interface Sink {
  readonly url: string;
  readonly requests: ReceivedRequest[];
  /** Decides about each request; may wait. */
  answer: (request: ReceivedRequest, index: number) => Answer | Promise<Answer>;
  /** Resolves when that many requests have come. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function startSink(): Promise<Sink> {
  const waiters: { count: number; resolve: () => void }[] = [];
  const sink: Sink = {
    url: "",
    requests: [],
    answer: () => ({ status: 200 }),
    received: (count) =>
      sink.requests.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => void waiters.push({ count, resolve })),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
    const received = { path: request.url ?? "", headers: request.headers, body };
    const index = sink.requests.push(received) - 1;
    for (const waiter of waiters) if (sink.requests.length >= waiter.count) waiter.resolve();
    const answer = await sink.answer(received, index);
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(sink, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}
