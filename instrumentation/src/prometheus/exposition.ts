import type { MetricData, ResourceMetrics } from "@opentelemetry/sdk-metrics";
import type { PromRegistry } from "../instrumentations/prom-client.js";
import { loadPrometheus } from "../otel.js";
import { prometheusName, shapeOf } from "./names.js";

/** The text format that a scrape gets. */
export interface Exposition {
  readonly text: string;
  /** Families of the app's own registry that were left out because ours have the same name. */
  readonly duplicates: readonly string[];
}

/** Our metrics, then those of the app's `prom-client` registries under names that are not taken yet. */
export async function writeExposition(
  metrics: ResourceMetrics,
  registries: Iterable<PromRegistry>,
): Promise<Exposition> {
  const families = mergeFamilies(metrics);
  const { PrometheusSerializer } = loadPrometheus();
  // Without scope labels, as Prometheus' OTLP endpoint does; the families are already one per name.
  const serializer = new PrometheusSerializer(undefined, false, undefined, false, true);
  const own = serializer.serialize({
    resource: metrics.resource,
    scopeMetrics: [{ scope: { name: "" }, metrics: [...families.values()] }],
  });
  const taken = new Set([...families.keys(), "target_info"]);
  const parts = [own.trimEnd()];
  const duplicates: string[] = [];
  for (const registry of registries) {
    for (const { name } of registry.getMetricsAsArray()) {
      if (isTaken(name, taken)) {
        duplicates.push(name);
        continue;
      }
      taken.add(name);
      parts.push(withoutExemplars(await registry.getSingleMetricAsString(name)).trimEnd());
    }
  }
  return { text: `${parts.filter((part) => part !== "").join("\n")}\n`, duplicates };
}

/** The text format has one block for a family, also when two instrumentations feed it. */
function mergeFamilies(metrics: ResourceMetrics): Map<string, MetricData> {
  const families = new Map<string, MetricData>();
  for (const metric of metrics.scopeMetrics.flatMap((scope) => scope.metrics)) {
    const name = prometheusName(shapeOf(metric));
    const known = families.get(name);
    if (known === undefined) {
      families.set(name, { ...metric, descriptor: { ...metric.descriptor, name, unit: "" } } as MetricData);
    } else if (known.dataPointType === metric.dataPointType) {
      families.set(name, { ...known, dataPoints: withNewPoints(known, metric) } as MetricData);
    }
  }
  return families;
}

function withNewPoints(known: MetricData, added: MetricData): unknown[] {
  const keyOf = (attributes: object): string => JSON.stringify(Object.entries(attributes).sort());
  const keys = new Set(known.dataPoints.map((point) => keyOf(point.attributes)));
  return [...known.dataPoints, ...added.dataPoints.filter((point) => !keys.has(keyOf(point.attributes)))];
}

/** A counter `x` of an OpenMetrics registry is sent as `x_total`. */
function isTaken(name: string, taken: ReadonlySet<string>): boolean {
  return taken.has(name) || taken.has(`${name}_total`);
}

/** Exemplars exist in OpenMetrics only. */
function withoutExemplars(text: string): string {
  return text.replace(/ # \{.*$/gm, "");
}
