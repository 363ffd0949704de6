import type { ServerResponse } from "node:http";
import type { PrometheusReaderConfig } from "../config/service-schema.js";
import type { LedgerSnapshot } from "../ledger.js";
import { type HttpListener, listenHttp } from "../net/http-listener.js";
import { renderRegistry } from "./exposition.js";
import type { MetricLabels, MetricRegistry } from "./metric-registry.js";

export interface TelemetryQuestions {
  readonly ledger: () => LedgerSnapshot;
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
  registry: MetricRegistry,
  resource: MetricLabels,
  questions: TelemetryQuestions,
): Promise<HttpListener> {
  const host = config.host.includes(":") ? `[${config.host}]` : config.host;
  const labels = config.with_resource_constant_labels;
  const constantLabels = labels === undefined ? {} : selectLabels(resource, labels.included, labels.excluded);
  return listenHttp({
    what: "service::telemetry::metrics",
    option: "service::telemetry::metrics::readers[]::pull::exporter::prometheus::port",
    endpoint: `${host}:${config.port}`,
    handler: (request, response) => {
      const path = (request.url ?? "/").split("?", 1)[0];
      if (path === "/metrics") {
        response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
        response.end(
          renderRegistry(registry, {
            withoutUnits: config.without_units,
            withoutTypeSuffix: config.without_type_suffix,
            withoutScopeInfo: config.without_scope_info,
            constantLabels,
            resource,
          }),
        );
      } else if (path === "/ledger") {
        sendJson(response, 200, questions.ledger());
      } else if (path?.startsWith(SAMPLING) === true) {
        const { status, body } = questions.sampling(path.slice(SAMPLING.length));
        sendJson(response, status, body);
      } else {
        response.writeHead(404, { "content-type": "text/plain" });
        response.end("404 page not found\n");
      }
    },
  });
}

const SAMPLING = "/sampling/";

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
