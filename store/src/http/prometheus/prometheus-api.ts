import { format, parse } from "@venturi/promql";
import type { MetricStore } from "../../metrics/metric-store.js";
import { type Reply, textReply } from "../reply.js";
import { decodeSegment, type Request } from "../request.js";
import { type Answer, failureReply, successReply } from "./answer.js";
import { QueryEndpoints } from "./query-endpoints.js";
import { SeriesEndpoints } from "./series-endpoints.js";
import { tsdbStatus } from "./tsdb-status.js";

export interface PrometheusApiSettings {
  readonly metrics: MetricStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly retentionMs: number;
}

interface Call {
  readonly parameters: URLSearchParams;
  readonly signal: AbortSignal;
  /** The name in `/label/{name}/values`. */
  readonly label: string;
}

interface Endpoint {
  readonly methods: readonly string[];
  answer(call: Call): Answer | Promise<Answer>;
}

const readOrForm = ["GET", "HEAD", "POST"];
const readOnly = ["GET", "HEAD"];

/** Clients choose features by Prometheus' version: the one whose API and language this follows. */
const buildInfo = {
  version: "3.5.0",
  revision: "venturi",
  branch: "HEAD",
  buildUser: "venturi",
  buildDate: "",
  goVersion: "",
};

/** The HTTP API of Prometheus: the same paths, parameters, JSON, errors and status codes. */
export class PrometheusApi {
  readonly #endpoints: Readonly<Record<string, Endpoint>>;

  constructor(settings: PrometheusApiSettings) {
    this.#endpoints = endpointsOf(settings);
  }

  /** Answers every path below `/api/v1/`. */
  async answer(request: Request): Promise<Reply> {
    const segments = request.path.slice("/api/v1/".length).split("/");
    const isLabelValues = segments.length === 3 && segments[0] === "label" && segments[2] === "values";
    const name = isLabelValues ? "label" : segments.join("/");
    const endpoint = Object.hasOwn(this.#endpoints, name) ? this.#endpoints[name] : undefined;
    if (endpoint === undefined) return textReply(404, "404 page not found\n");
    if (!endpoint.methods.includes(request.method)) return textReply(405, "Method Not Allowed\n");
    try {
      const parameters = await request.parameters();
      const label = isLabelValues ? decodeSegment(segments[1] ?? "") : "";
      return successReply(await endpoint.answer({ parameters, label, signal: request.signal }));
    } catch (error) {
      return failureReply(error);
    }
  }
}

function endpointsOf({ metrics, now, retentionMs }: PrometheusApiSettings): Record<string, Endpoint> {
  const queries = new QueryEndpoints(metrics, now);
  const series = new SeriesEndpoints(metrics);
  const startedAt = new Date().toISOString();
  const fixed = (data: object): Endpoint => ({ methods: readOnly, answer: () => ({ data: JSON.stringify(data) }) });
  const form = (answer: Endpoint["answer"]): Endpoint => ({ methods: readOrForm, answer });
  const read = (answer: Endpoint["answer"]): Endpoint => ({ methods: readOnly, answer });
  return {
    query: form(({ parameters, signal }) => queries.instant(parameters, signal)),
    query_range: form(({ parameters, signal }) => queries.range(parameters, signal)),
    query_exemplars: form(({ parameters }) => queries.exemplars(parameters)),
    format_query: form(({ parameters }) => ({ data: JSON.stringify(format(parse(parameters.get("query") ?? ""))) })),
    series: form(({ parameters }) => series.series(parameters)),
    labels: form(({ parameters }) => series.labelNames(parameters)),
    label: read(({ label, parameters }) => series.labelValues(label, parameters)),
    metadata: read(({ parameters }) => series.metadata(parameters)),
    "status/tsdb": read(({ parameters }) => ({ data: JSON.stringify(tsdbStatus(metrics.index, parameters)) })),
    "status/buildinfo": fixed(buildInfo),
    "status/runtimeinfo": read(() => ({ data: JSON.stringify(runtimeInfo(startedAt, now(), retentionMs)) })),
    "status/flags": fixed({}),
    // The store has no rules and scrapes nothing itself; clients such as Grafana ask all the same.
    rules: fixed({ groups: [] }),
    alerts: fixed({ alerts: [] }),
    targets: fixed({ activeTargets: [], droppedTargets: [], droppedTargetCounts: {} }),
    alertmanagers: fixed({ activeAlertmanagers: [], droppedAlertmanagers: [] }),
  };
}

function runtimeInfo(startedAt: string, nowMs: number, retentionMs: number): object {
  return {
    startTime: startedAt,
    serverTime: new Date(nowMs).toISOString(),
    reloadConfigSuccess: true,
    lastConfigTime: startedAt,
    corruptionCount: 0,
    storageRetention: `${Math.round(retentionMs / 1000)}s`,
  };
}
