import { type ApiRequest, get, post } from "./exchange.js";

/** What is asked about the server: paths that Prometheus has, and some that it has not. */
export function serverRequests(): ApiRequest[] {
  const paths = [
    "/api/v1/status/buildinfo",
    "/api/v1/status/runtimeinfo",
    "/api/v1/status/flags",
    "/api/v1/status/config",
    "/api/v1/status/walreplay",
    "/api/v1/status/tsdb",
    "/api/v1/status/tsdb/blocks",
    "/api/v1/status/self_metrics",
    "/api/v1/features",
    "/api/v1/notifications",
    "/api/v1/scrape_pools",
    "/api/v1/scrape_pools/config",
    "/api/v1/targets",
    "/api/v1/targets/metadata",
    "/api/v1/targets/relabel_steps",
    "/api/v1/alerts",
    "/api/v1/rules",
    "/api/v1/alertmanagers",
    "/-/ready",
    "/-/healthy",
  ];
  return [
    ...paths.map((path) => get(path)),
    ...paths.map((path) => ({ method: "DELETE", path, headers: {}, body: "" })),
    ...paths.map((path) => ({ method: "HEAD", path, headers: {}, body: "" })).filter(isApi),
    ...paths.map((path) => post(path)),
    ...["any", "active", "dropped", "Dropped", "x"].map((state) => get("/api/v1/targets", { state })),
    get("/api/v1/targets", { scrapePool: "x" }),
    get("/api/v1/targets/metadata", { limit: "x" }),
    get("/api/v1/targets/metadata", { limit: 1, metric: "up" }),
    get("/api/v1/targets/metadata", { match_target: "{" }),
    get("/api/v1/targets/metadata", { match_target: '{job="a"}' }),
    get("/api/v1/targets/metadata", { match_target: "{}" }),
    get("/api/v1/targets/relabel_steps", { scrapePool: "x" }),
    get("/api/v1/targets/relabel_steps", { scrapePool: "x", labels: "x" }),
    get("/api/v1/targets/relabel_steps", { scrapePool: "x", labels: "{}" }),
    get("/api/v1/scrape_pools/config", { scrapePool: "x" }),
    ...["1", "3", "0", "-1", "x", "10000", "10001", "", "1.5", "+1"].map((limit) =>
      get("/api/v1/status/tsdb", { limit }),
    ),
    ...["delete_series", "clean_tombstones", "snapshot"].flatMap((name) => {
      const path = `/api/v1/admin/tsdb/${name}`;
      return [post(path), get(path), { method: "PUT", path, headers: {}, body: "" }];
    }),
    ...["metric_names", "label_names", "label_values"].flatMap((name) => {
      return [get(`/api/v1/search/${name}`), post(`/api/v1/search/${name}`)];
    }),
    ...["GET", "PUT", "DELETE", "HEAD"]
      .flatMap((method) => {
        return ["/api/v1/write", "/api/v1/otlp/v1/metrics", "/federate"].map((path) => ({
          method,
          path,
          headers: {},
          body: "",
        }));
      })
      .filter(({ method, path }) => path !== "/federate" || method !== "GET"),
    ...["/api/v1/nothing", "/api/v1/", "/api/v1/label/job", "/api/v1/query/more"].flatMap((path) => [
      get(path),
      post(path),
    ]),
    ...["/api/v1/query", "/api/v1/nothing"].map((path) => ({ method: "OPTIONS", path, headers: {}, body: "" })),
    ...encodings.map((encoding) => get("/api/v1/label/__name__/values", {}, { "accept-encoding": encoding })),
    ...["text/html", "application/xml;q=0.1", "*/*", "nonsense"].map((accept) => get("/api/v1/labels", {}, { accept })),
  ];
}

const encodings = ["gzip", "deflate", "gzip, deflate, br", "br", "identity", "deflate, gzip", "*"];

/** The probes answer HEAD with the headers of GET, and Prometheus without. */
function isApi({ path }: ApiRequest): boolean {
  return path.startsWith("/api/");
}
