import type { IncomingMessage, ServerResponse } from "node:http";
import type { PrometheusReaderConfig } from "../config/service-schema.js";
import { type HttpListener, listenHttp } from "../net/http-listener.js";
import { renderRegistry } from "./exposition.js";
import type { MetricLabels, MetricRegistry } from "./metric-registry.js";

/** What the server asks when somebody asks it. */
export interface TelemetryQuestions {
  /** The collector's own metrics in Prometheus text format. */
  readonly metrics: () => string | Promise<string>;
  readonly ledger: () => object | Promise<object>;
  /** Why a trace was kept or dropped. */
  readonly sampling: (traceId: string) => { readonly status: number; readonly body: object };
}

/**
 * Serves the collector's own metrics (`/metrics`), its books (`/ledger`) and why a trace was kept or dropped
 * (`/sampling/TRACE_ID`).
 * @throws StartError
 */
export function startTelemetryServer(
  config: PrometheusReaderConfig,
  questions: TelemetryQuestions,
): Promise<HttpListener> {
  const host = config.host.includes(":") ? `[${config.host}]` : config.host;
  return listenHttp({
    what: "service::telemetry::metrics",
    option: "service::telemetry::metrics::readers[]::pull::exporter::prometheus::port",
    endpoint: `${host}:${config.port}`,
    handler: (request, response) => {
      answer(request, response, questions).catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(503, { "content-type": "text/plain" });
        response.end(`${(error as Error).message}\n`);
      });
    },
  });
}

/** The registry as a reader wants it; every series carries the `extra` labels. */
export function renderMetrics(
  config: PrometheusReaderConfig,
  registry: MetricRegistry,
  resource: MetricLabels,
  extra: MetricLabels = {},
): string {
  const labels = config.with_resource_constant_labels;
  const constant = labels === undefined ? {} : selectLabels(resource, labels.included, labels.excluded);
  return renderRegistry(registry, {
    withoutUnits: config.without_units,
    withoutTypeSuffix: config.without_type_suffix,
    withoutScopeInfo: config.without_scope_info,
    constantLabels: { ...constant, ...extra },
    resource: { ...resource, ...extra },
  });
}

const SAMPLING = "/sampling/";

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  questions: TelemetryQuestions,
): Promise<void> {
  const path = (request.url ?? "/").split("?", 1)[0] as string;
  if (path === "/metrics") {
    const text = await questions.metrics();
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
    response.end(text);
  } else if (path === "/ledger") {
    sendJson(response, 200, await questions.ledger());
  } else if (path.startsWith(SAMPLING)) {
    const { status, body } = questions.sampling(path.slice(SAMPLING.length));
    sendJson(response, status, body);
  } else {
    response.writeHead(404, { "content-type": "text/plain" });
    response.end("404 page not found\n");
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(body, null, 2)}\n`);
}

/** The last `*` of a pattern stands for any rest, as upstream. */
function selectLabels(resource: MetricLabels, included: readonly string[], excluded: readonly string[]): MetricLabels {
  const matches = (patterns: readonly string[], name: string): boolean =>
    patterns.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name));
  const chosen = Object.entries(resource).filter(
    ([name]) => (included.length === 0 || matches(included, name)) && !matches(excluded, name),
  );
  return Object.fromEntries(chosen.map(([name, value]) => [name.replaceAll(/[^a-zA-Z0-9_]/g, "_"), value]));
}
