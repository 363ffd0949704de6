import type { Signal } from "@venturi/otlp";
import { attributesOf, dataOf, type Json, list, objectOf, plainText, shortNumber, textOf } from "./json.js";

const WORDS = {
  traces: {
    resources: "resourceSpans",
    scopes: "scopeSpans",
    items: "spans",
    resource: "ResourceTraces",
    scope: "ScopeTraces",
  },
  metrics: {
    resources: "resourceMetrics",
    scopes: "scopeMetrics",
    items: "metrics",
    resource: "ResourceMetrics",
    scope: "ScopeMetrics",
  },
  logs: {
    resources: "resourceLogs",
    scopes: "scopeLogs",
    items: "logRecords",
    resource: "ResourceLog",
    scope: "ScopeLog",
  },
} as const;

/** A line for each resource, scope and item, in the words of the Collector's debug exporter. */
export function normalLines(signal: Signal, request: Json): string[] {
  const words = WORDS[signal];
  return list(request[words.resources]).flatMap((resource, index) => {
    const schema = resource.schemaUrl === undefined ? "" : ` [${textOf(resource.schemaUrl)}]`;
    const head = `${words.resource} #${index}${schema}${spaced(objectOf(resource.resource))}`;
    const scopes = list(resource[words.scopes]).flatMap((scope) => [
      // Upstream numbers scopes by their resource.
      `${words.scope} #${index}${scopeText(scope)}${spaced(objectOf(scope.scope))}`,
      ...list(scope[words.items]).flatMap((item) => itemLines(signal, item)),
    ]);
    return [head, ...scopes];
  });
}

function scopeText(scope: Json): string {
  const { name, version } = objectOf(scope.scope);
  const parts = [`${textOf(name)}${version === undefined ? "" : `@${textOf(version)}`}`];
  if (scope.schemaUrl !== undefined) parts.push(`[${textOf(scope.schemaUrl)}]`);
  const text = parts.filter((part) => part !== "").join(" ");
  return text === "" ? "" : ` ${text}`;
}

function pairs(item: Json): string[] {
  return attributesOf(item).map(([key, value]) => `${key}=${plainText(value)}`);
}

function spaced(item: Json): string {
  return pairs(item)
    .map((pair) => ` ${pair}`)
    .join("");
}

function itemLines(signal: Signal, item: Json): string[] {
  if (signal === "traces")
    return [`${textOf(item.name)} ${textOf(item.traceId)} ${textOf(item.spanId)}${spaced(item)}`];
  if (signal === "logs") return [`${plainText(objectOf(item.body))} ${pairs(item).join(" ")}`];
  const found = dataOf(item);
  return (found?.points ?? []).map(
    (point) => `${textOf(item.name)}{${pairs(point).join(",")}} ${pointText(found?.kind ?? "gauge", point)}`,
  );
}

function pointText(kind: string, point: Json): string {
  if (kind === "gauge" || kind === "sum")
    return point.asInt === undefined ? shortNumber(point.asDouble) : String(point.asInt);
  const parts = [`count=${textOf(point.count ?? 0)}`];
  if (kind === "summary") {
    parts.push(`sum=${Number(point.sum ?? 0).toFixed(6)}`);
    for (const { quantile, value } of list(point.quantileValues)) {
      parts.push(`q${shortNumber(quantile ?? 0)}=${shortNumber(value ?? 0)}`);
    }
    return parts.join(" ");
  }
  for (const field of ["sum", "min", "max"]) {
    if (point[field] !== undefined) parts.push(`${field}=${shortNumber(point[field])}`);
  }
  parts.push(...(kind === "histogram" ? bucketParts(point) : exponentialParts(point)));
  return parts.join(" ");
}

function bucketParts(point: Json): string[] {
  const bounds = point.explicitBounds as readonly number[] | undefined;
  return ((point.bucketCounts as readonly string[] | undefined) ?? []).map((count, index) => {
    const bound = bounds?.[index];
    return `${bound === undefined ? "" : `le${shortNumber(bound)}=`}${count}`;
  });
}

function exponentialParts(point: Json): string[] {
  const factor = Math.LN2 / 2 ** Number(point.scale ?? 0);
  const counts = (side: Json): readonly string[] => (side.bucketCounts as readonly string[] | undefined) ?? [];
  const [negative, positive] = [objectOf(point.negative), objectOf(point.positive)];
  const parts = counts(negative).map(
    (count, index) => `le${-Math.exp((Number(negative.offset ?? 0) + index) * factor)}=${count}`,
  );
  parts.reverse();
  if (point.zeroCount !== undefined && point.zeroCount !== "0") parts.push(`zero=${textOf(point.zeroCount)}`);
  counts(positive).forEach((count, index) => {
    parts.push(`le${Math.exp((Number(positive.offset ?? 0) + index + 1) * factor)}=${count}`);
  });
  return parts;
}
