import type { Batch } from "../model/batch.js";
import type { Metric } from "../model/metric.js";
import type { ResourceView } from "../model/views.js";
import { forEachMetric } from "../views/for-each-metric.js";
import { classicBuckets } from "./exponential.js";
import { pointLabels, type ResourceLabels, resourceLabels, sortLabels, targetInfoLabels } from "./labels.js";
import type { PrometheusFamily, PrometheusOptions, PrometheusSeries, PrometheusTranslation } from "./model.js";
import { metricName, type NameKind } from "./names.js";
import { addExponentialPoint, addHistogramPoint, addNumberPoint, addSummaryPoint, type PointTarget } from "./points.js";
import { nanoToMs } from "./time.js";
import { unitName } from "./units.js";

/**
 * Translates a metrics batch as Prometheus' own OTLP endpoint does by default: names with unit and type suffixes, `job`
 * and `instance` from the service attributes, other resource attributes on `target_info`, classic histograms with
 * cumulative buckets, StaleNaN for points without a recorded value. What Prometheus cannot hold (delta temporality,
 * empty metrics, nameless ones) is counted in `dropped`.
 * @throws TypeError when the batch is not of metrics: a fault of the caller.
 */
export function toPrometheus(batch: Batch, options: PrometheusOptions = {}): PrometheusTranslation {
  const translation = new Translation(options);
  forEachMetric(batch, (metric, _scope, resource) => translation.add(metric, resource));
  return translation.finish();
}

class Translation {
  private readonly options: PrometheusOptions;
  private readonly series: PrometheusSeries[] = [];
  private readonly families = new Map<string, PrometheusFamily>();
  private readonly dropped = new Map<string, number>();
  private resource: ResourceView | undefined;
  private labels: ResourceLabels = { job: "", instance: "", promoted: new Map() };
  private latestNano = -1n;
  private readonly targetInfos = new Set<string>();

  constructor(options: PrometheusOptions) {
    this.options = options;
  }

  add(metric: Metric, resource: ResourceView): void {
    if (resource !== this.resource) this.enterResource(resource);
    for (const point of metric.points) if (point.timeUnixNano > this.latestNano) this.latestNano = point.timeUnixNano;
    const problem = unsupported(metric);
    if (problem !== undefined) {
      this.drop(problem, Math.max(metric.points.length, 1));
      return;
    }
    const name = metricName(metric.name, metric.unit ?? "", nameKind(metric), this.options.addMetricSuffixes ?? true);
    if (name === "") {
      this.drop("no valid character in the metric name", metric.points.length);
      return;
    }
    this.declare({ name, type: familyType(metric), help: metric.description ?? "", unit: unitName(metric.unit ?? "") });
    this.addPoints(metric, name);
  }

  finish(): PrometheusTranslation {
    this.leaveResource();
    return {
      series: this.series,
      families: [...this.families.values()],
      dropped: Array.from(this.dropped, ([reason, count]) => ({ reason, count })),
    };
  }

  private addPoints(metric: Metric, name: string): void {
    switch (metric.type) {
      case "gauge":
      case "sum":
        for (const point of metric.points) {
          addNumberPoint(this.target(name, point), point, metric.type === "sum");
        }
        return;
      case "histogram":
        for (const point of metric.points) addHistogramPoint(this.target(name, point), point);
        return;
      case "exponentialHistogram":
        for (const point of metric.points) {
          const buckets = classicBuckets(point);
          if (buckets === undefined) this.drop("exponential histogram with negative values", 1);
          else addExponentialPoint(this.target(name, point), point, buckets);
        }
        return;
      case "summary":
        for (const point of metric.points) addSummaryPoint(this.target(name, point), point);
    }
  }

  private target(name: string, point: Metric["points"][number]): PointTarget {
    return { series: this.series, name, labels: sortLabels(pointLabels(point.attributes, this.labels)) };
  }

  private enterResource(resource: ResourceView): void {
    this.leaveResource();
    this.resource = resource;
    this.labels = resourceLabels(resource.attributes, this.options.resourceToTelemetry ?? false);
    this.latestNano = -1n;
  }

  /** One `target_info` sample per resource, at the time of its latest point; not twice for two alike resources. */
  private leaveResource(): void {
    if (this.resource === undefined || this.latestNano < 0n || this.options.targetInfo === false) return;
    const labels = targetInfoLabels(this.resource.attributes, this.labels);
    if (labels === undefined) return;
    const timestampMs = nanoToMs(this.latestNano);
    const key = JSON.stringify([labels, timestampMs]);
    if (this.targetInfos.has(key)) return;
    this.targetInfos.add(key);
    this.series.push({ labels, timestampMs, value: 1 });
    this.declare({ name: "target_info", type: "gauge", help: "Target metadata", unit: "" });
  }

  private declare(family: PrometheusFamily): void {
    if (!this.families.has(family.name)) this.families.set(family.name, family);
  }

  private drop(reason: string, count: number): void {
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + count);
  }
}

function unsupported(metric: Metric): string | undefined {
  if (metric.type === "empty") return "metric without data";
  if (metric.type === "gauge" || metric.type === "summary") return undefined;
  return metric.temporality === "cumulative" ? undefined : `${metric.temporality} temporality`;
}

function nameKind(metric: Metric): NameKind {
  if (metric.type === "gauge") return "gauge";
  return metric.type === "sum" && metric.monotonic ? "counter" : "other";
}

function familyType(metric: Metric): PrometheusFamily["type"] {
  switch (metric.type) {
    case "sum":
      return metric.monotonic ? "counter" : "gauge";
    case "exponentialHistogram":
      return "histogram";
    case "empty":
      return "unknown";
    default:
      return metric.type;
  }
}
