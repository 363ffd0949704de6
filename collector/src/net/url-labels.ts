import type { MetricLabels } from "../telemetry/metric-registry.js";

/** A destination as labels of the collector's own metrics. */
export function urlLabels(url: string): MetricLabels {
  const { hostname, port, protocol, pathname } = new URL(url);
  const byDefault = protocol === "https:" ? "443" : "80";
  return { server_address: hostname, server_port: port === "" ? byDefault : port, url_path: pathname };
}
