import type { PrometheusReceiverConfig, ScrapeConfig } from "./config.js";
import { relabel } from "./relabel.js";

/** Something to scrape. */
export interface Target {
  readonly url: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly job: string;
  readonly instance: string;
  /** What every series of this target gets beside job and instance. */
  readonly labels: ReadonlyMap<string, string>;
  readonly config: ScrapeConfig;
}

/** The targets of a configuration, after relabelling. */
export function targetsOf({ global, scrape_configs }: PrometheusReceiverConfig["config"]): Target[] {
  return scrape_configs.flatMap((config) => {
    const intervalMs = config.scrape_interval ?? global.scrape_interval;
    const timeoutMs = Math.min(config.scrape_timeout ?? global.scrape_timeout, intervalMs);
    return config.static_configs.flatMap(({ targets, labels }) =>
      targets.flatMap((address) => target(address, labels, config, intervalMs, timeoutMs) ?? []),
    );
  });
}

function target(
  address: string,
  own: Readonly<Record<string, string>>,
  config: ScrapeConfig,
  intervalMs: number,
  timeoutMs: number,
): Target | undefined {
  const before = new Map<string, string>([
    ["__address__", address],
    ["__scheme__", config.scheme],
    ["__metrics_path__", config.metrics_path],
    ["job", config.job_name],
    ...Object.entries(config.params).map(([name, values]) => [`__param_${name}`, values[0] ?? ""] as const),
    ...Object.entries(own),
  ]);
  const labels = relabel(before, config.relabel_configs);
  const host = labels?.get("__address__");
  if (labels === undefined || host === undefined || host === "") return undefined;
  const instance = labels.get("instance") ?? host;
  const kept = [...labels].filter(([name]) => !name.startsWith("__") && name !== "job" && name !== "instance");
  return {
    url: urlOf(labels, host, config),
    intervalMs,
    timeoutMs,
    job: labels.get("job") ?? config.job_name,
    instance,
    labels: new Map(kept),
    config,
  };
}

function urlOf(labels: ReadonlyMap<string, string>, host: string, config: ScrapeConfig): string {
  const path = labels.get("__metrics_path__") ?? "/metrics";
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(config.params)) {
    const first = labels.get(`__param_${name}`);
    for (const value of [...(first === undefined ? [] : [first]), ...values.slice(1)]) query.append(name, value);
  }
  const separator = path.includes("?") ? "&" : "?";
  const suffix = query.size === 0 ? "" : `${separator}${query.toString()}`;
  return `${labels.get("__scheme__")}://${host}${path.startsWith("/") ? path : `/${path}`}${suffix}`;
}
