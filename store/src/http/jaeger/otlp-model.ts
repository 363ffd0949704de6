import { placeholderServices } from "../../spans/resources.js";
import {
  parsed,
  type ResourceExtra,
  type SpanExtra,
  type StoredEvent,
  type StoredLink,
  type StoredSpan,
} from "../../spans/stored-span.js";

/** Attributes in order, values as they are stored (`attribute-json.ts`). */
export type OtlpAttributes = [key: string, value: unknown][];

/** A span on its way to an answer in OTLP; Jaeger's adjusters change it. Times in nanoseconds. */
export interface OtlpSpan {
  readonly stored: StoredSpan;
  readonly extra: SpanExtra;
  spanId: string;
  parentSpanId: string;
  startNs: bigint;
  endNs: bigint;
  attributes: OtlpAttributes;
  events: { timeNs: bigint; readonly stored: StoredEvent; readonly attributes: OtlpAttributes }[];
  links: { readonly stored: StoredLink; readonly attributes: OtlpAttributes }[];
  readonly warnings: string[];
}

/** The spans of one resource, by scope. */
export interface OtlpResource {
  readonly id: number;
  readonly extra: ResourceExtra;
  attributes: OtlpAttributes;
  readonly scopes: { readonly attributes: OtlpAttributes; readonly spans: OtlpSpan[] }[];
}

/** The spans of a trace by resource and scope, in the order in which they come. */
export function toOtlpResources(spans: readonly StoredSpan[]): OtlpResource[] {
  const resources = new Map<number, { resource: OtlpResource; scopes: Map<string, OtlpResource["scopes"][number]> }>();
  for (const stored of spans) {
    let entry = resources.get(stored.resource.id);
    if (entry === undefined) {
      entry = { resource: toResource(stored), scopes: new Map() };
      resources.set(stored.resource.id, entry);
    }
    const span = toOtlpSpan(stored);
    const scopeKey = JSON.stringify([stored.scopeName, stored.scopeVersion, span.extra.scope ?? null]);
    let scope = entry.scopes.get(scopeKey);
    if (scope === undefined) {
      scope = { attributes: Object.entries(span.extra.scope?.attributes ?? {}), spans: [] };
      entry.scopes.set(scopeKey, scope);
      entry.resource.scopes.push(scope);
    }
    scope.spans.push(span);
  }
  return [...resources.values()].map((entry) => entry.resource);
}

/** As Jaeger does it on arrival, a resource without a proper name gets one that says so. */
function toResource({ resource, service }: StoredSpan): OtlpResource {
  const attributes = attributesOf(resource.attributes);
  const named = attributes.find(([key]) => key === "service.name");
  if (named === undefined) attributes.push(["service.name", placeholderServices.missing]);
  else named[1] = service;
  return { id: resource.id, extra: parsed<ResourceExtra>(resource.extra, {}), attributes, scopes: [] };
}

function toOtlpSpan(stored: StoredSpan): OtlpSpan {
  return {
    stored,
    extra: parsed<SpanExtra>(stored.extra, {}),
    spanId: stored.spanId,
    parentSpanId: stored.parentSpanId,
    startNs: stored.startNs,
    endNs: stored.startNs + stored.durationNs,
    attributes: attributesOf(stored.attributes),
    events: parsed<StoredEvent[]>(stored.events, []).map((event) => {
      return { timeNs: BigInt(event.time_ns), stored: event, attributes: Object.entries(event.attributes) };
    }),
    links: parsed<StoredLink[]>(stored.links, []).map((link) => {
      return { stored: link, attributes: Object.entries(link.attributes) };
    }),
    warnings: [],
  };
}

function attributesOf(json: string): OtlpAttributes {
  return Object.entries(parsed<Record<string, unknown>>(json, {}));
}
