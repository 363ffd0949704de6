import { correctClockSkew } from "./clock-skew.js";
import { address, libraryKeys } from "./jaeger-adjust.js";
import type { OtlpAttributes, OtlpResource, OtlpSpan } from "./otlp-model.js";
import { makeSpanIdsUnique } from "./unique-span-ids.js";

/**
 * The adjustments of Jaeger's version 3 API: those of the older one (`jaeger-adjust.ts`) on OTLP, where a host is known
 * by OpenTelemetry's attributes and warnings are an attribute.
 */
export function adjustOtlpTrace(resources: readonly OtlpResource[], maxSkewNs: bigint): void {
  makeSpanIdsUnique(spansOf(resources).map(sharedId));
  for (const resource of resources) {
    sort(resource.attributes);
    for (const { attributes, spans } of resource.scopes) {
      sort(attributes);
      for (const span of spans) sortWithin(span);
    }
  }
  removeRepeated(resources);
  const skewed = resources.flatMap((resource) => {
    const host = hostOf(resource.attributes);
    return resource.scopes.flatMap(({ spans }) => spans.map((span) => toSkewed(span, host)));
  });
  correctClockSkew(
    skewed,
    maxSkewNs,
    (parentId) => `parent span ID=${parentId} is not in the trace; skipping clock skew adjustment`,
  );
  for (const resource of resources) {
    resource.attributes = resource.attributes.map(readableAddress);
    for (const span of spansOf([resource])) {
      span.attributes = span.attributes.map(readableAddress);
      moveLibraryAttributes(span, resource);
      removeBrokenLinks(span);
    }
  }
}

function spansOf(resources: readonly OtlpResource[]): OtlpSpan[] {
  return resources.flatMap(({ scopes }) => scopes.flatMap(({ spans }) => spans));
}

function sharedId(span: OtlpSpan): Parameters<typeof makeSpanIdsUnique>[0][number] {
  return {
    get id() {
      return span.spanId;
    },
    get parentId() {
      return span.parentSpanId;
    },
    isClient: span.stored.kind === 3,
    isServer: span.stored.kind === 2,
    setId: (id) => {
      span.spanId = id;
    },
    setParentId: (id) => {
      span.parentSpanId = id;
    },
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sort(attributes: OtlpAttributes): void {
  attributes.sort(([a], [b]) => compare(a, b));
}

function sortWithin(span: OtlpSpan): void {
  sort(span.attributes);
  span.events.sort((a, b) => compare(a.stored.name, b.stored.name));
  for (const { attributes } of span.events) sort(attributes);
  for (const { attributes } of span.links) sort(attributes);
}

/** Spans that are the same in everything, resource and scope attributes included, are shown once. */
function removeRepeated(resources: readonly OtlpResource[]): void {
  const seen = new Map<string, Set<string>>();
  const counts = new Map<string, number>();
  for (const { spanId } of spansOf(resources)) counts.set(spanId, (counts.get(spanId) ?? 0) + 1);
  for (const resource of resources) {
    for (const scope of resource.scopes) {
      const kept = scope.spans.filter((span) => {
        if (counts.get(span.spanId) === 1) return true;
        const contents = seen.get(span.spanId) ?? new Set();
        seen.set(span.spanId, contents);
        const content = contentOf(span, resource.attributes, scope.attributes);
        return contents.has(content) ? false : contents.add(content);
      });
      scope.spans.splice(0, scope.spans.length, ...kept);
    }
  }
}

function contentOf(span: OtlpSpan, ...context: OtlpAttributes[]): string {
  return JSON.stringify([span, context], (key, value: unknown) => {
    if (key === "resource") return undefined;
    return typeof value === "bigint" ? String(value) : value;
  });
}

function hostOf(attributes: OtlpAttributes): string {
  const find = (name: string): unknown => attributes.find(([key]) => key === name)?.[1];
  const id = find("host.id");
  if (id !== undefined) return typeof id === "string" ? id : "";
  const ip = find("host.ip");
  if (typeof ip === "string") return ip;
  if (Array.isArray(ip) && ip.length > 0) return String(ip[0]);
  const name = find("host.name");
  return typeof name === "string" ? name : "";
}

function toSkewed(span: OtlpSpan, host: string): Parameters<typeof correctClockSkew>[0][number] {
  return {
    id: span.spanId,
    parentId: span.parentSpanId,
    host,
    get startNs() {
      return span.startNs;
    },
    get durationNs() {
      return span.endNs - span.startNs;
    },
    warn: (text) => span.warnings.push(text),
    shift: (deltaNs) => {
      // Jaeger moves the start and the events and leaves the end where it is.
      span.startNs += deltaNs;
      for (const event of span.events) event.timeNs += deltaNs;
    },
  };
}

function readableAddress([key, value]: OtlpAttributes[number]): OtlpAttributes[number] {
  if (key !== "ip" && key !== "peer.ipv4") return [key, value];
  const { $numberDouble, $numberLong } = (value ?? {}) as Record<string, unknown>;
  const number = typeof value === "number" ? Math.trunc(value) : ($numberLong ?? $numberDouble);
  if (typeof number !== "number" && typeof number !== "string") return [key, value];
  return Number.isFinite(Number(number)) ? [key, address(BigInt(number))] : [key, value];
}

function moveLibraryAttributes(span: OtlpSpan, resource: OtlpResource): void {
  const kept: OtlpAttributes = [];
  for (const [key, value] of span.attributes) {
    if (!libraryKeys.has(key)) {
      kept.push([key, value]);
      continue;
    }
    const known = resource.attributes.find(([name]) => name === key);
    if (known === undefined) resource.attributes.push([key, value]);
    else if (JSON.stringify(known[1]) !== JSON.stringify(value)) {
      span.warnings.push(`conflicting values between Span and Resource for attribute ${key}`);
      kept.push([key, value]);
    }
  }
  span.attributes = kept;
}

function removeBrokenLinks(span: OtlpSpan): void {
  span.links = span.links.filter(({ stored }) => {
    const isBroken = /^0*$/.test(stored.trace_id ?? "");
    if (isBroken) span.warnings.push("Invalid span link removed");
    return !isBroken;
  });
}
