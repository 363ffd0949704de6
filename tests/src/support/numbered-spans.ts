import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

/** A request of OTLP/JSON whose spans carry numbers in their ids, from `first` on. */
export function numberedSpans(first: number, count: number): string {
  const spans = Array.from({ length: count }, (_, index) => {
    const id = (first + index + 1).toString(16).padStart(16, "0");
    return {
      traceId: id.padStart(32, "a"),
      spanId: id,
      name: "GET /",
      kind: 2,
      startTimeUnixNano: "1700000000000000000",
      endTimeUnixNano: "1700000000100000000",
      attributes: [{ key: "filler", value: { stringValue: "x".repeat(200) } }],
    };
  });
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: "service.name", value: { stringValue: "numbers" } }] },
        scopeSpans: [{ spans }],
      },
    ],
  });
}

/** A destination for OTLP/JSON that keeps the numbers of the spans that it took. */
export interface NumberSink {
  readonly url: string;
  /** How often each number came. */
  readonly counts: Map<number, number>;
  /** What it answers; a request that is not answered 200 counts for nothing. */
  status: number;
  close(): Promise<void>;
}

export async function startNumberSink(): Promise<NumberSink> {
  const sink = { url: "", counts: new Map<number, number>(), status: 200, close: () => closed(server) };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request.on("error", () => {})) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
    if (sink.status === 200) count(sink.counts, body.toString("utf8"));
    response.writeHead(sink.status, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  sink.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return sink;
}

function count(counts: Map<number, number>, json: string): void {
  for (const [, id] of json.matchAll(/"spanId":"([0-9a-f]{16})"/g)) {
    const number = Number.parseInt(id as string, 16) - 1;
    counts.set(number, (counts.get(number) ?? 0) + 1);
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Sends numbered spans over several connections at once, and remembers those that were acknowledged. */
export class NumberSender {
  readonly acknowledged: number[] = [];
  /** Answers by status; 0: none. */
  readonly statuses: Map<number, number> = new Map();
  private next = 0;
  private running = true;
  private readonly url: string;
  private readonly all: Promise<unknown>;

  /** `pauseMs` between two requests of a connection. */
  constructor(url: string, connections: number, spansPerRequest: number, pauseMs = 0) {
    this.url = url;
    this.all = Promise.all(Array.from({ length: connections }, () => this.loop(spansPerRequest, pauseMs)));
  }

  async stop(): Promise<readonly number[]> {
    this.running = false;
    await this.all;
    return this.acknowledged;
  }

  private async loop(count: number, pauseMs: number): Promise<void> {
    while (this.running) {
      const first = this.next;
      this.next += count;
      const status = await this.post(numberedSpans(first, count));
      this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
      if (status === 200) for (let index = 0; index < count; index++) this.acknowledged.push(first + index);
      if (pauseMs > 0 || status === 0) await new Promise((resolve) => setTimeout(resolve, Math.max(pauseMs, 5)));
    }
  }

  private async post(body: string): Promise<number> {
    try {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${this.url}/v1/traces`, { method: "POST", headers, body });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return 0;
    }
  }
}
