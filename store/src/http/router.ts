import type { Database } from "../database/database.js";
import type { IngestStats } from "../ingest/ingest-stats.js";
import type { WriteBehind } from "../ingest/write-behind.js";
import type { MetricStore } from "../metrics/metric-store.js";
import { receiveRemoteWrite } from "../remote-write/remote-write.js";
import type { Handler } from "./http-server.js";
import { JaegerApi } from "./jaeger/jaeger-api.js";
import { PrometheusApi } from "./prometheus/prometheus-api.js";
import { jsonReply, type Reply, textReply } from "./reply.js";
import { Reports } from "./reports.js";
import type { Request } from "./request.js";
import { staticFile } from "./static-files.js";

export interface RouterSettings {
  readonly database: Database;
  readonly metrics: MetricStore;
  readonly writes: WriteBehind;
  readonly stats: IngestStats;
  readonly now: () => number;
  readonly retentionMs: number;
  readonly uiDir?: string;
  readonly reportsDir?: string;
}

const reportsPath = "/venturi/api/reports";

/** One port for everything: Prometheus' and Jaeger's APIs, the reports and the pages. */
export function createRouter(settings: RouterSettings): Handler {
  const { database, metrics, writes, stats, now } = settings;
  const jaeger = new JaegerApi({ database, now, flush: () => writes.flush().catch(() => undefined) });
  const prometheus = new PrometheusApi({ metrics, now, retentionMs: settings.retentionMs });
  const reports = new Reports(settings.reportsDir);

  return async (request) => {
    const { path } = request;
    if (path === "/-/ready") return textReply(200, "Venturi is Ready.\n");
    if (path === "/-/healthy") return textReply(200, "Venturi is Healthy.\n");
    if (path === "/api/v1/write") return remoteWrite(request);
    if (path.startsWith("/api/v1/")) return prometheus.answer(request);
    if (path.startsWith("/api/")) return (await jaeger.answer(request)) ?? textReply(404, "404 page not found\n");
    if (request.method !== "GET" && request.method !== "HEAD") return textReply(405, "Method Not Allowed\n");
    if (path === "/venturi/api/stats") return jsonReply(200, statistics());
    if (path === reportsPath || path.startsWith(`${reportsPath}/`))
      return reports.answer(path.slice(reportsPath.length));
    if (path.startsWith("/venturi/")) return textReply(404, "404 page not found\n");
    if (settings.uiDir === undefined) return textReply(404, "404 page not found\n");
    return staticFile(settings.uiDir, path);
  };

  async function remoteWrite(request: Request): Promise<Reply> {
    if (request.method !== "POST") return textReply(405, "Method Not Allowed\n");
    return receiveRemoteWrite(request, metrics, writes, stats);
  }

  function statistics(): object {
    const { spans, samples, logRecords, dropped } = stats;
    return { spans, samples, logRecords, series: metrics.index.size, dropped };
  }
}
