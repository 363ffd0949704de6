import type { TargetGroup } from "./discovery/discovery.js";
import { parsePrometheusDurationMs } from "./duration.js";
import type { Job } from "./job.js";
import { relabel } from "./relabel.js";

/** Something to scrape. */
export interface Target {
  /** URL and labels: two alike are one. */
  readonly key: string;
  readonly url: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly job: string;
  readonly instance: string;
  /** What every series of this target gets beside job and instance. */
  readonly labels: ReadonlyMap<string, string>;
  /** What discovery told, before relabelling. */
  readonly discovered: ReadonlyMap<string, string>;
  readonly settings: Job;
}

/** The targets of a job after relabelling; each once. */
export function targetsOf(job: Job, groups: readonly TargetGroup[]): Target[] {
  const targets = new Map<string, Target>();
  for (const { targets: addresses, labels } of groups) {
    for (const address of addresses) {
      const target = targetOf(job, address, labels);
      if (target !== undefined) targets.set(target.key, target);
    }
  }
  return [...targets.values()];
}

function targetOf(job: Job, address: string, own: Readonly<Record<string, string>>): Target | undefined {
  const { config } = job;
  const discovered = new Map<string, string>([
    ["job", config.job_name],
    ["__scrape_interval__", durationText(job.intervalMs)],
    ["__scrape_timeout__", durationText(job.timeoutMs)],
    ["__metrics_path__", config.metrics_path],
    ["__scheme__", config.scheme],
    ...Object.entries(config.params).map(([name, values]) => [`__param_${name}`, values[0] ?? ""] as const),
    ...Object.entries(own),
    ["__address__", address],
  ]);
  const labels = relabel(new Map(discovered), config.relabel_configs);
  const host = labels?.get("__address__");
  if (labels === undefined || host === undefined || host === "") return undefined;
  const instance = labels.get("instance") ?? host;
  const kept = [...labels].filter(([name]) => !name.startsWith("__") && name !== "job" && name !== "instance");
  const url = urlOf(labels, host, job);
  const intervalMs = parsePrometheusDurationMs(labels.get("__scrape_interval__") ?? "") || job.intervalMs;
  const name = labels.get("job") ?? config.job_name;
  return {
    key: JSON.stringify([url, name, instance, intervalMs, kept.sort(([a], [b]) => (a < b ? -1 : 1))]),
    url,
    intervalMs,
    timeoutMs: Math.min(parsePrometheusDurationMs(labels.get("__scrape_timeout__") ?? "") || job.timeoutMs, intervalMs),
    job: name,
    instance,
    labels: new Map(kept),
    discovered,
    settings: job,
  };
}

function durationText(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}

function urlOf(labels: ReadonlyMap<string, string>, host: string, { config }: Job): string {
  const path = labels.get("__metrics_path__") ?? "";
  const query = new URLSearchParams();
  const first = new Map([...labels].filter(([name]) => name.startsWith("__param_")));
  for (const [name, values] of Object.entries(config.params)) {
    const label = `__param_${name}`;
    for (const value of [first.get(label) ?? values[0] ?? "", ...values.slice(1)]) query.append(name, value);
    first.delete(label);
  }
  for (const [label, value] of first) query.append(label.slice("__param_".length), value);
  query.sort();
  const separator = path.includes("?") ? "&" : "?";
  const suffix = query.size === 0 ? "" : `${separator}${query.toString()}`;
  return `${labels.get("__scheme__")}://${host}${path.startsWith("/") ? path : `/${path}`}${suffix}`;
}
