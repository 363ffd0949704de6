import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { MetricReader } from "@opentelemetry/sdk-metrics";
import { say, warn } from "../diagnostics.js";
import { ownServers } from "../instrumentations/http.js";
import type { PromRegistry } from "../instrumentations/prom-client.js";
import { loadPrometheus } from "../otel.js";
import { writeExposition } from "./exposition.js";

export interface PrometheusEndpoint {
  /** To be given to the SDK: collects on each scrape. */
  readonly reader: MetricReader;
  readonly registries: Set<PromRegistry>;
  /** The URL once the port is bound, undefined when it is in use. */
  readonly ready: Promise<string | undefined>;
  close(): void;
}

/**
 * Serves `GET /metrics`: the SDK's metrics and the app's own `prom-client` registries. A port in use is one warning;
 * the server never holds the process.
 */
export function startPrometheusEndpoint(host: string, port: number): PrometheusEndpoint {
  const { PrometheusExporter } = loadPrometheus();
  const reader = new PrometheusExporter({ preventServerStart: true });
  const registries = new Set<PromRegistry>();
  const told = new Set<string>();
  const server = createServer((request, response) => {
    if (!isMetricsRequest(request)) {
      response.writeHead(404).end();
      return;
    }
    scrape(reader, registries, told).then(
      (text) => answer(request, response, text),
      (cause: unknown) => {
        warn("scrape", `cannot answer a scrape: ${String(cause)}`);
        response.writeHead(500).end();
      },
    );
  });
  ownServers.add(server);
  server.unref();
  const ready = listen(server, host, port);
  return { reader, registries, ready, close: () => server.close().closeIdleConnections() };
}

function isMetricsRequest(request: IncomingMessage): boolean {
  const isRead = request.method === "GET" || request.method === "HEAD";
  return isRead && request.url?.split("?", 1)[0] === "/metrics";
}

function answer(request: IncomingMessage, response: ServerResponse, text: string): void {
  response.writeHead(200, {
    "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
    "Content-Length": Buffer.byteLength(text),
  });
  response.end(request.method === "HEAD" ? undefined : text);
}

async function scrape(reader: MetricReader, registries: Set<PromRegistry>, told: Set<string>): Promise<string> {
  const { resourceMetrics } = await reader.collect();
  await resourceMetrics.resource.waitForAsyncAttributes?.();
  const { text, duplicates } = await writeExposition(resourceMetrics, registries);
  const fresh = duplicates.filter((name) => !told.has(name));
  for (const name of fresh) told.add(name);
  if (fresh.length > 0) say(`not served from the app's prom-client registry, as we have them too: ${fresh.join(", ")}`);
  return text;
}

function listen(server: Server, host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const reason = error.code === "EADDRINUSE" ? "the port is in use" : error.message;
      const advice = "set OTEL_EXPORTER_PROMETHEUS_PORT to a free port";
      warn("prometheus", `cannot serve Prometheus metrics on ${host}:${port}: ${reason}; ${advice}`);
      resolve(undefined);
    });
    // exclusive: the workers of a cluster would else share one port, and each scrape would meet another of them.
    server.listen({ host, port, exclusive: true }, () => {
      const bound = (server.address() as AddressInfo).port;
      resolve(`http://${host.includes(":") ? `[${host}]` : host}:${bound}/metrics`);
    });
  });
}
