import type { Database } from "../database/database.js";
import type { IngestStats } from "../ingest/ingest-stats.js";
import type { WriteBehind } from "../ingest/write-behind.js";
import type { MetricStore } from "../metrics/metric-store.js";
import { receiveRemoteWrite } from "../remote-write/remote-write.js";
import type { RuleManager } from "../rules/rule-manager.js";
import type { Handler } from "./http-server.js";
import { JaegerApi } from "./jaeger/jaeger-api.js";
import { LokiApi } from "./loki/loki-api.js";
import { federate } from "./prometheus/federate/federate.js";
import { receiveOtlpMetrics } from "./prometheus/otlp-write.js";
import { PrometheusApi } from "./prometheus/prometheus-api.js";
import { reloadReply } from "./prometheus/rule-endpoints.js";
import { jsonReply, notFoundReply, type Reply, textReply, wrongMethod, wrongMethodReply } from "./reply.js";
import { Reports } from "./reports.js";
import { SqlEndpoint } from "./sql/sql-endpoint.js";
import { staticFile } from "./static-files.js";
import { TraceEndpoints } from "./venturi/trace-endpoints.js";

export interface RouterSettings {
  readonly database: Database;
  readonly metrics: MetricStore;
  readonly writes: WriteBehind;
  readonly stats: IngestStats;
  readonly rules: RuleManager;
  readonly now: () => number;
  readonly retentionMs: number;
  readonly maxClockSkewMs: number;
  readonly analysisModule: string | undefined;
  readonly isSqlOn: boolean;
  readonly uiDir?: string;
  readonly reportsDir?: string;
}

const reportsPath = "/venturi/api/reports";

/** One port for everything: Prometheus', Jaeger's and Loki's APIs, the reports and the pages. */
export function createRouter(settings: RouterSettings): Handler {
  const { database, metrics, rules, writes, stats, now } = settings;
  const flush = (): Promise<void> => writes.flush().catch(() => undefined);
  const jaeger = new JaegerApi({ database, metrics, now, flush, maxClockSkewMs: settings.maxClockSkewMs });
  const traces = new TraceEndpoints({ database, flush, analysisModule: settings.analysisModule });
  const sql = new SqlEndpoint({ database, flush, isOn: settings.isSqlOn });
  const loki = new LokiApi({ database, now, flush });
  const prometheus = new PrometheusApi({ metrics, rules, now, retentionMs: settings.retentionMs });
  const reports = new Reports(settings.reportsDir);
  const writeParts = { metrics, writes, stats, now };

  return async (request) => {
    const { path } = request;
    if (path === "/-/ready") return probe(request.method, "Venturi is Ready.\n");
    if (path === "/-/healthy") return probe(request.method, "Venturi is Healthy.\n");
    if (path === "/-/reload") return reloadReply(request, rules);
    if (path === "/federate") return federate(request, metrics, now());
    if (path === "/api/v1/write") return receiveRemoteWrite(request, writeParts);
    if (path === "/api/v1/otlp/v1/metrics") return receiveOtlpMetrics(request, writeParts);
    if (path.startsWith("/api/v1/")) return prometheus.answer(request);
    if (path.startsWith("/loki/")) return loki.answer(request);
    if (path === "/api/venturi/sql") return sql.answer(request);
    if (path.startsWith("/api/venturi/traces/")) return traces.answer(request);
    if (path.startsWith("/api/")) return (await jaeger.answer(request)) ?? notFoundReply;
    if (request.method !== "GET" && request.method !== "HEAD") return wrongMethodReply;
    if (path === "/venturi/api/stats") return jsonReply(200, statistics());
    if (path === reportsPath || path.startsWith(`${reportsPath}/`))
      return reports.answer(path.slice(reportsPath.length));
    if (path.startsWith("/venturi/")) return notFoundReply;
    if (settings.uiDir === undefined) return notFoundReply;
    return staticFile(settings.uiDir, path);
  };

  function statistics(): object {
    const { spans, samples, logRecords, dropped } = stats;
    return { spans, samples, logRecords, series: metrics.index.size, dropped, alerts: rules.alertmanagers.stats };
  }
}

function probe(method: string, text: string): Reply {
  return method === "GET" || method === "HEAD" ? textReply(200, text) : wrongMethod(["GET", "HEAD"]);
}
