import type { TimeSeries } from "../model.js";

/** Whose series it is: `job` is `service.namespace/service.name` or the name alone, `instance` is the instance id. */
export function seriesOwner(labels: Readonly<Record<string, string>>): { service: string; instance: string } {
  const job = labels.service_name ?? labels.job ?? "";
  return { service: job.slice(job.lastIndexOf("/") + 1), instance: labels.instance ?? "" };
}

export function seriesOf(series: readonly TimeSeries[], service: string): TimeSeries[] {
  return series.filter((one) => seriesOwner(one.labels).service === service);
}

/** The series' values added up at each time: a gauge over several label sets or instances becomes one. */
export function addUp(series: readonly TimeSeries[]): (readonly [timeMs: number, value: number])[] {
  const total = new Map<number, number>();
  for (const { points } of series) {
    for (const [time, value] of points) if (Number.isFinite(value)) total.set(time, (total.get(time) ?? 0) + value);
  }
  return [...total].sort((a, b) => a[0] - b[0]);
}

/** A PromQL regular expression on `job` that finds the service with and without a namespace. */
export function jobMatcher(service: string): string {
  const escaped = service
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replace(/\\/g, "\\\\")
    .replace(/"/g, '\\"');
  return `job=~"(.+/)?${escaped}"`;
}
