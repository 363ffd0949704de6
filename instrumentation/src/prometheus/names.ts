import type { MetricData } from "@opentelemetry/sdk-metrics";
import { loadSdkMetrics } from "../otel.js";

/**
 * Metric names as Prometheus' own OTLP endpoint makes them (underscores, unit and `_total` suffixes), so that the same
 * dashboards work whether a service is scraped or sends OTLP. Upstream's exporter leaves the units out.
 */

const units: Readonly<Record<string, string>> = {
  d: "days",
  h: "hours",
  min: "minutes",
  s: "seconds",
  ms: "milliseconds",
  us: "microseconds",
  ns: "nanoseconds",
  By: "bytes",
  KiBy: "kibibytes",
  MiBy: "mebibytes",
  GiBy: "gibibytes",
  TiBy: "tibibytes",
  KBy: "kilobytes",
  MBy: "megabytes",
  GBy: "gigabytes",
  TBy: "terabytes",
  m: "meters",
  V: "volts",
  A: "amperes",
  J: "joules",
  W: "watts",
  g: "grams",
  Cel: "celsius",
  Hz: "hertz",
  "%": "percent",
};

const perUnits: Readonly<Record<string, string>> = {
  s: "second",
  m: "minute",
  h: "hour",
  d: "day",
  w: "week",
  mo: "month",
  y: "year",
};

function cleaned(text: string): string {
  return text.replace(/[^a-zA-Z0-9]+/g, "_").replace(/^_+|_+$/g, "");
}

/** `By/s` → `["bytes", "per_second"]`; annotations in braces count for nothing. */
function unitSuffixes(unit: string): string[] {
  const [main = "", per = ""] = unit.split("/", 2).map((part) => (part.includes("{") ? "" : part.trim()));
  const mainWord = main === "1" ? "" : cleaned(units[main] ?? main);
  const perWord = cleaned(perUnits[per] ?? per);
  return [mainWord, perWord === "" ? "" : `per_${perWord}`].filter((word) => word !== "");
}

export interface MetricShape {
  readonly name: string;
  readonly unit: string;
  readonly kind: "counter" | "gauge" | "other";
}

/** The family's name, for example `http_server_request_duration_seconds`. */
export function prometheusName(metric: MetricShape): string {
  const words = metric.name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== "");
  for (const suffix of unitSuffixes(metric.unit)) {
    const parts = suffix.split("_");
    if (!parts.every((part) => words.includes(part))) words.push(...parts);
  }
  const isLast = (word: string): string[] => [...words.filter((other) => other !== word), word];
  const named =
    metric.kind === "counter"
      ? isLast("total")
      : metric.unit === "1" && metric.kind === "gauge"
        ? isLast("ratio")
        : words;
  const name = named.join("_");
  return /^\d/.test(name) ? `_${name}` : name;
}

/** What the name depends on, read from a metric of the SDK. */
export function shapeOf(metric: MetricData): MetricShape {
  const { DataPointType } = loadSdkMetrics();
  const { name, unit } = metric.descriptor;
  if (metric.dataPointType === DataPointType.SUM) return { name, unit, kind: metric.isMonotonic ? "counter" : "other" };
  return { name, unit, kind: metric.dataPointType === DataPointType.GAUGE ? "gauge" : "other" };
}
