import { hostname } from "node:os";
import type { MetricStore } from "../../metrics/metric-store.js";
import { jsonAnswer } from "./answer.js";
import { ApiError } from "./api-error.js";
import type { Endpoint } from "./endpoint.js";
import { featuresEndpoint } from "./features.js";
import { plainInteger } from "./parameters.js";
import { maxConcurrentQueries, queryTimeoutMs } from "./query-endpoints.js";
import { parsedSelector } from "./selectors.js";
import { tsdbStatus } from "./tsdb-status.js";

export interface StatusSettings {
  readonly metrics: MetricStore;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly retentionMs: number;
  /** The configuration in Prometheus' YAML. */
  readonly configYaml: string;
}

/** Clients choose features by Prometheus' version: the one whose API and language this follows. */
const buildInfo = {
  version: "3.15.1",
  revision: "venturi",
  branch: "HEAD",
  buildUser: "venturi",
  buildDate: "",
  goVersion: "",
};

const readOnly = ["GET"];

/** What clients such as Grafana and Prometheus' own pages ask about the server; it scrapes nothing itself. */
export function statusEndpoints(settings: StatusSettings): Record<string, Endpoint> {
  const { metrics, now, retentionMs, configYaml } = settings;
  const startedAt = new Date(now()).toISOString();
  const fixed = (data: unknown): Endpoint => ({ methods: readOnly, answer: () => jsonAnswer(data) });
  const disabled = (methods: readonly string[], text: string): Endpoint => ({
    methods,
    answer() {
      throw new ApiError("unavailable", text);
    },
  });
  const disabledAdmin = disabled(["POST", "PUT"], "admin APIs disabled");
  const disabledSearch = disabled(["GET", "POST"], "search API disabled");
  return {
    "status/tsdb": {
      methods: readOnly,
      answer: ({ parameters }) => jsonAnswer(tsdbStatus(metrics.index, parameters)),
    },
    "status/tsdb/blocks": fixed({ blocks: [] }),
    "status/buildinfo": fixed(buildInfo),
    "status/runtimeinfo": {
      methods: readOnly,
      answer: () => jsonAnswer(runtimeInfo(startedAt, now(), retentionMs)),
    },
    "status/config": fixed({ yaml: configYaml }),
    "status/flags": fixed(flags(retentionMs)),
    "status/walreplay": fixed({ min: 0, max: 0, current: 0 }),
    // The store has no metrics of its own; what it counts is in the collector's.
    "status/self_metrics": fixed([]),
    features: featuresEndpoint,
    notifications: fixed([]),
    scrape_pools: fixed({ scrapePools: [] }),
    "scrape_pools/config": { methods: readOnly, answer: ({ parameters }) => noScrapePool(parameters) },
    targets: { methods: readOnly, answer: ({ url }) => jsonAnswer(targets(url.get("state") ?? "")) },
    "targets/metadata": { methods: readOnly, answer: ({ parameters }) => targetMetadata(parameters) },
    "targets/relabel_steps": { methods: readOnly, answer: ({ parameters }) => relabelSteps(parameters) },
    "admin/tsdb/delete_series": disabledAdmin,
    "admin/tsdb/clean_tombstones": disabledAdmin,
    "admin/tsdb/snapshot": disabledAdmin,
    "search/metric_names": disabledSearch,
    "search/label_names": disabledSearch,
    "search/label_values": disabledSearch,
  };
}

function targets(stateText: string): object {
  const state = stateText.toLowerCase();
  const showsDropped = state === "" || state === "any" || state === "dropped";
  return { activeTargets: [], droppedTargets: [], droppedTargetCounts: showsDropped ? {} : null };
}

function targetMetadata(parameters: URLSearchParams): ReturnType<typeof jsonAnswer> {
  plainInteger(parameters, "limit", -1);
  const target = parameters.get("match_target") ?? "";
  if (target !== "") checkSelector("match_target", target);
  return jsonAnswer([]);
}

function checkSelector(name: string, text: string): void {
  try {
    parsedSelector(text);
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause;
    throw new ApiError("bad_data", `invalid parameter "${name}": ${cause.message}`, { cause });
  }
}

function noScrapePool(parameters: URLSearchParams): never {
  const name = parameters.get("scrapePool") ?? "";
  if (name === "") throw new ApiError("bad_data", "no scrapePool parameter provided");
  throw new ApiError("bad_data", `error retrieving scrape config: scrape pool ${JSON.stringify(name)} not found`);
}

function relabelSteps(parameters: URLSearchParams): never {
  const labels = parameters.get("labels") ?? "";
  if ((parameters.get("scrapePool") ?? "") !== "") {
    if (labels === "") throw new ApiError("bad_data", "no labels parameter provided");
    checkJson(labels);
  }
  return noScrapePool(parameters);
}

function checkJson(labels: string): void {
  try {
    JSON.parse(labels);
  } catch (cause) {
    throw new ApiError("bad_data", `error parsing labels: ${(cause as Error).message}`, { cause });
  }
}

function flags(retentionMs: number): Record<string, string> {
  return {
    "query.lookback-delta": "5m",
    "query.max-concurrency": String(maxConcurrentQueries),
    "query.max-samples": "50000000",
    "query.timeout": `${queryTimeoutMs / 1000}s`,
    "storage.tsdb.retention.time": `${Math.round(retentionMs / 1000)}s`,
    "web.enable-admin-api": "false",
    "web.enable-otlp-receiver": "true",
    "web.enable-remote-write-receiver": "true",
  };
}

function runtimeInfo(startedAt: string, nowMs: number, retentionMs: number): object {
  return {
    startTime: startedAt,
    // A path of this machine is nobody's business.
    CWD: "",
    hostname: hostname(),
    serverTime: new Date(nowMs).toISOString(),
    reloadConfigSuccess: true,
    lastConfigTime: startedAt,
    corruptionCount: 0,
    goroutineCount: 0,
    GOMAXPROCS: 1,
    GOMEMLIMIT: 0,
    GOGC: "",
    GODEBUG: "",
    storageRetention: `${Math.round(retentionMs / 1000)}s`,
  };
}
