import type { Database } from "../database/database.js";

/**
 * What a stream of logs is known by, as in Loki's own OTLP endpoint: the service and those attributes of its resource
 * that say where it runs. Everything else is structured metadata of a line.
 */
const streamAttributes: ReadonlySet<string> = new Set([
  "service.name",
  "service.namespace",
  "service.instance.id",
  "deployment.environment",
  "deployment.environment.name",
  "cloud.region",
  "cloud.availability_zone",
  "k8s.cluster.name",
  "k8s.namespace.name",
  "k8s.pod.name",
  "k8s.container.name",
  "container.name",
  "k8s.replicaset.name",
  "k8s.deployment.name",
  "k8s.statefulset.name",
  "k8s.daemonset.name",
  "k8s.cronjob.name",
  "k8s.job.name",
]);

export type LogLabels = Record<string, string>;

/** A resource that logs came from. */
export interface LogResource {
  readonly id: number;
  readonly stream: LogLabels;
  readonly metadata: LogLabels;
}

/** Loki's labels have no dots. */
export function labelName(attribute: string): string {
  const name = attribute.replace(/[^a-zA-Z0-9_]/g, "_");
  return /^\d/.test(name) ? `_${name}` : name;
}

/** A stored attribute value (`attribute-json.ts`) as text. */
export function labelText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return value === null ? "" : String(value);
  const { $numberDouble, $numberLong, $binary } = value as Record<string, unknown>;
  return String($numberDouble ?? $numberLong ?? $binary ?? JSON.stringify(value));
}

/** @param service shown for `service.name`, which a resource may have left out */
export function resourceLabels(id: number, service: string, attributes: string): LogResource {
  const stream: LogLabels = { service_name: service };
  const metadata: LogLabels = {};
  for (const [key, value] of Object.entries(JSON.parse(attributes) as Record<string, unknown>)) {
    if (key === "service.name") continue;
    (streamAttributes.has(key) ? stream : metadata)[labelName(key)] = labelText(value);
  }
  return { id, stream, metadata };
}

/** Resources are few, so selectors are matched on all of them. */
export async function readLogResources(database: Database): Promise<LogResource[]> {
  const rows = await database.read("SELECT id, service, attributes FROM resources ORDER BY id");
  return rows.map((row) => resourceLabels(Number(row.id), String(row.service), String(row.attributes)));
}

const levels = ["trace", "debug", "info", "warn", "error", "fatal"];

/** OTLP's severity number in its class of four. */
export function detectedLevel(severityNumber: number, severityText: string): string {
  const byNumber = severityNumber < 1 ? undefined : levels[Math.floor((severityNumber - 1) / 4)];
  if (byNumber !== undefined) return byNumber;
  const byText = severityText.toLowerCase().replace("warning", "warn");
  return levels.includes(byText) ? byText : "unknown";
}

/** `detectedLevel` in SQL. */
export const detectedLevelSql: string = `CASE
  WHEN severity_number BETWEEN 1 AND 24 THEN [${levels.map((level) => `'${level}'`).join(", ")}][(severity_number + 3) // 4]
  WHEN replace(lower(severity_text), 'warning', 'warn') IN (${levels.map((level) => `'${level}'`).join(", ")})
    THEN replace(lower(severity_text), 'warning', 'warn')
  ELSE 'unknown' END`;
