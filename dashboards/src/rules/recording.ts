import { quantile, rate, ratio, serverError } from "../promql.js";
import type { RuleGroup } from "./model.js";

const count = "http_server_request_duration_seconds_count";
const requests = rate(count, "", "5m");
const errors = rate(count, serverError, "5m");
const buckets = rate("http_server_request_duration_seconds_bucket", "", "5m");

/** RED per service, computed once for alerts and for anything that looks at many services at once. */
export const recording: RuleGroup = {
  name: "venturi-red",
  interval: "15s",
  rules: [
    { record: "job:http_server_requests:rate5m", expr: `sum by (job) (${requests})` },
    { record: "job:http_server_errors:ratio_rate5m", expr: ratio(errors, requests, "job") },
    { record: "job:http_server_request_duration_seconds:p95_rate5m", expr: quantile(0.95, buckets, "job") },
    {
      record: "job_route:http_server_requests:rate5m",
      expr: `sum by (job, http_request_method, http_route) (${requests})`,
    },
    {
      record: "job_route:http_server_request_duration_seconds:p95_rate5m",
      expr: quantile(0.95, buckets, "job, http_request_method, http_route"),
    },
  ],
};
