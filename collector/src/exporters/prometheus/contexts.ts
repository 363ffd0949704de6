import type { Attributes } from "@venturi/otlp";
import {
  type ByteRange,
  Cursor,
  decodeAttributes,
  type LabelNamer,
  LEN,
  otherAttributes,
  targetIdentity,
  valueText,
} from "@venturi/otlp";
import { type LabelPair, labelText } from "./label-text.js";

export interface ContextOptions {
  readonly namer: LabelNamer;
  readonly scopeInfo: boolean;
  readonly resourceToTelemetry: boolean;
  readonly excludeServiceAttributes: boolean;
  readonly constLabels: readonly LabelPair[];
}

/** A resource that is told about in `target_info` while series of it are exposed. */
export interface Target {
  /** Between the braces of its sample. */
  readonly labels: string;
  updatedMs: number;
}

/** What a resource and a scope add to their series. */
export interface Context {
  readonly pairs: readonly LabelPair[];
  readonly promoted: Attributes;
  readonly target: Target | undefined;
  /** Tells the target's samples apart: one `target_info` for a job and an instance. */
  readonly targetKey: string;
}

export function readContext(
  resource: ByteRange,
  scope: ByteRange,
  schemaUrl: string,
  options: ContextOptions,
): Context {
  const attributes = decodeAttributes(resource.bytes, resource.start, resource.end, 1);
  const { job, instance } = targetIdentity(attributes);
  const pairs: LabelPair[] = options.scopeInfo ? scopePairs(scope, schemaUrl, options.namer) : [];
  if (attributes["service.name"] !== undefined) pairs.push(["job", job]);
  if (attributes["service.instance.id"] !== undefined) pairs.push(["instance", instance]);
  const others = otherAttributes(attributes);
  const promoted = options.excludeServiceAttributes ? others : attributes;
  const isTarget = job !== "" && instance !== "";
  return {
    pairs,
    promoted: options.resourceToTelemetry ? promoted : {},
    target: isTarget ? { labels: targetText(others, job, instance, options.namer), updatedMs: 0 } : undefined,
    targetKey: `${job}\u0000${instance}`,
  };
}

function targetText(attributes: Attributes, job: string, instance: string, namer: LabelNamer): string {
  const labels = attributePairs(attributes, namer);
  labels.set("job", job);
  labels.set("instance", instance);
  return labelText(sorted(labels));
}

function scopePairs({ bytes, start, end }: ByteRange, schemaUrl: string, namer: LabelNamer): LabelPair[] {
  const pairs: LabelPair[] = [];
  for (const [key, value] of Object.entries(decodeAttributes(bytes, start, end, 3))) {
    if (key === "name" || key === "version" || key === "schema_url") continue;
    const name = namer.name(`otel_scope_${key}`);
    if (name !== "") pairs.push([name, valueText(value)]);
  }
  let [scopeName, version] = ["", ""];
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wireType === LEN) scopeName = cursor.string();
    else if (cursor.field === 2 && cursor.wireType === LEN) version = cursor.string();
    else cursor.skip();
  }
  pairs.push(["otel_scope_name", scopeName], ["otel_scope_version", version], ["otel_scope_schema_url", schemaUrl]);
  return pairs;
}

/** The label text of a series: what the context adds wins over the point's attributes, constant labels over all. */
export function seriesText(attributes: Attributes, context: Context, options: ContextOptions): string {
  const labels = attributePairs({ ...attributes, ...context.promoted }, options.namer);
  for (const [name, value] of context.pairs) labels.set(name, value);
  for (const [name, value] of options.constLabels) labels.set(name, value);
  return labelText(sorted(labels));
}

/** Keys that become the same name are joined with ";": the Collector drops such a series as a whole. */
function attributePairs(attributes: Attributes, namer: LabelNamer): Map<string, string> {
  const labels = new Map<string, string>();
  for (const key of Object.keys(attributes).sort()) {
    const name = namer.name(key);
    if (name === "" || name === "__name__") continue;
    const text = valueText(attributes[key] ?? null);
    const earlier = labels.get(name);
    labels.set(name, earlier === undefined ? text : `${earlier};${text}`);
  }
  return labels;
}

function sorted(labels: ReadonlyMap<string, string>): LabelPair[] {
  return [...labels].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
