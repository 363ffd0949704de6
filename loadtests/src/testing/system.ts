import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { JaegerTrace } from "../backends/jaeger-json.js";

export interface SystemSettings {
  /** Connections of the service's pool. */
  poolSize?: number;
  /** How long a request holds one. */
  holdMs?: number;
  /** Keeps no trace of requests. */
  untraced?: boolean;
}

export interface System {
  readonly url: string;
  readonly requests: number;
  /** Paths of the API calls that it got. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

type JaegerSpan = NonNullable<JaegerTrace["spans"]>[number];

/**
 * A small system under load with the backends that watch it, on one port: a service `desk` whose requests share a pool
 * of connections, the Jaeger API with their traces, and the Prometheus API with the pool's gauges.
 */
export async function startSystem(settings: SystemSettings = {}): Promise<System> {
  const desk = new Desk(settings.poolSize ?? 10, settings.holdMs ?? 5);
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (!url.pathname.startsWith("/api/")) {
      void desk.serve(request, response);
      return;
    }
    asked.push(url.pathname + url.search);
    answer(response, url, settings.untraced ? [] : desk.traces, desk.gauges());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return desk.served;
    },
    asked,
    stop: () => stopServer(server),
  };
}

async function stopServer(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}

class Desk {
  readonly traces: JaegerTrace[] = [];
  served = 0;
  readonly #poolSize: number;
  readonly #holdMs: number;
  readonly #waiting: (() => void)[] = [];
  readonly #pending: [timeMs: number, waiting: number][] = [];
  #used = 0;

  constructor(poolSize: number, holdMs: number) {
    this.#poolSize = poolSize;
    this.#holdMs = holdMs;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const startMs = now();
    if (this.#used >= this.#poolSize) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#used++;
    this.#pending.push([now(), this.#waiting.length]);
    const connectedMs = now();
    await delay(this.#holdMs);
    const queriedMs = now();
    const next = this.#waiting.shift();
    if (next === undefined) this.#used--;
    else next();
    response.writeHead(request.url === "/broken" ? 500 : 200).end("ok");
    this.#record(startMs, connectedMs, queriedMs, now());
  }

  gauges(): Record<string, [number, number][]> {
    const bySecond = new Map<number, number>();
    for (const [timeMs, waiting] of this.#pending) {
      const second = Math.floor(timeMs / 1000);
      bySecond.set(second, Math.max(waiting, bySecond.get(second) ?? 0));
    }
    const pending = [...bySecond];
    return {
      db_client_connection_pending_requests: pending,
      db_client_connection_count: pending.map(([second]) => [second, this.#poolSize]),
    };
  }

  #record(startMs: number, connectedMs: number, queriedMs: number, endMs: number): void {
    const id = (++this.served).toString(16).padStart(16, "0");
    const traceID = id.padStart(32, "0");
    const span = (
      suffix: string,
      operationName: string,
      kind: string,
      from: number,
      to: number,
      tags: Record<string, string> = {},
    ): JaegerSpan => ({
      traceID,
      spanID: id.slice(1) + suffix,
      operationName,
      references: suffix === "0" ? [] : [{ refType: "CHILD_OF", traceID, spanID: `${id.slice(1)}0` }],
      startTime: Math.round(from * 1000),
      duration: Math.round((to - from) * 1000),
      tags: [{ key: "span.kind", value: kind }, ...Object.entries(tags).map(([key, value]) => ({ key, value }))],
      processID: "p1",
    });
    this.traces.push({
      traceID,
      spans: [
        span("0", "GET /desk", "server", startMs, endMs),
        span("1", "pg-pool.connect", "client", startMs, connectedMs, { "db.system.name": "postgresql" }),
        span("2", "pg.query:SELECT desk", "client", connectedMs, queriedMs, {
          "db.system.name": "postgresql",
          "db.query.text": "SELECT 1",
        }),
      ],
      processes: { p1: { serviceName: "desk", tags: [{ key: "service.instance.id", value: "desk-1" }] } },
    });
  }
}

function now(): number {
  return performance.timeOrigin + performance.now();
}

function answer(
  response: ServerResponse,
  url: URL,
  traces: readonly JaegerTrace[],
  gauges: Record<string, [number, number][]>,
): void {
  const json = (body: unknown): void =>
    void response.setHeader("content-type", "application/json").end(JSON.stringify(body));
  if (url.pathname === "/api/services") json({ data: traces.length === 0 ? [] : ["desk"] });
  else if (url.pathname === "/api/traces") json({ data: findTraces(url.searchParams, traces) });
  else if (url.pathname === "/api/v1/query_range")
    json({
      status: "success",
      data: { resultType: "matrix", result: matrix(url.searchParams.get("query") ?? "", gauges) },
    });
  else if (url.pathname === "/api/v1/query") json({ status: "success", data: { resultType: "vector", result: [] } });
  else if (url.pathname === "/api/v1/write") response.writeHead(204).end();
  else response.writeHead(404).end();
}

/** As Jaeger does: those that start within the window, the newest, up to the limit. */
function findTraces(parameters: URLSearchParams, traces: readonly JaegerTrace[]): JaegerTrace[] {
  const bound = (name: string): number => Number(parameters.get(name));
  const least = Number.parseInt(parameters.get("minDuration") ?? "0", 10);
  return traces
    .filter(({ spans }) => {
      const [root] = spans ?? [];
      const startUs = root?.startTime ?? 0;
      return startUs >= bound("start") && startUs <= bound("end") && (root?.duration ?? 0) >= least;
    })
    .slice(-bound("limit"));
}

function matrix(query: string, gauges: Record<string, [number, number][]>): unknown[] {
  const values = gauges[query];
  if (values === undefined || values.length === 0) return [];
  const labels = { __name__: query, job: "desk", instance: "desk-1" };
  const metric = query === "db_client_connection_count" ? { ...labels, db_client_connection_state: "used" } : labels;
  return [{ metric, values: values.map(([second, value]) => [second, String(value)]) }];
}
