import { decodeKeyValues } from "../views/any-value.js";
import { Cursor, LEN } from "../wire/cursor.js";
import { decodeName } from "../wire/interned.js";
import { attributeLabels, otherAttributes, sortLabels, type TargetIdentity, targetIdentity } from "./labels.js";
import type { PrometheusLabels, PrometheusOptions } from "./model.js";
import type { LabelNamer } from "./names.js";
import { valueText } from "./text.js";
import type { ByteRange } from "./walk-points.js";

/** What a resource adds to its series. Made once per resource, found again by the resource's bytes. */
export interface ResourceLabels extends TargetIdentity {
  /** Attributes that go on every series; they win over those of the points. */
  readonly promoted: ReadonlyMap<string, string>;
  /** Labels of `target_info`; undefined when it would say nothing or have neither job nor instance. */
  readonly targetInfo: PrometheusLabels | undefined;
}

export function resourceLabels(resource: ByteRange, options: PrometheusOptions, namer: LabelNamer): ResourceLabels {
  const attributes = decodeKeyValues(resource.bytes, resource.start, resource.end, 1);
  const identity = targetIdentity(attributes);
  const others = otherAttributes(attributes);
  const promoted = options.excludeServiceAttributes === true ? others : attributes;
  return {
    ...identity,
    promoted: options.resourceToTelemetry === true ? attributeLabels(promoted, namer) : new Map(),
    targetInfo: targetInfoLabels(identity, attributeLabels(others, namer), options),
  };
}

function targetInfoLabels(
  { job, instance }: TargetIdentity,
  labels: Map<string, string>,
  options: PrometheusOptions,
): PrometheusLabels | undefined {
  if (options.targetInfo === false || (job === "" && instance === "") || labels.size === 0) return undefined;
  if (job !== "") labels.set("job", job);
  if (instance !== "") labels.set("instance", instance);
  addExternal(labels, options);
  labels.set("__name__", targetInfoName(options.namespace));
  return sortLabels(labels);
}

export function targetInfoName(namespace = ""): string {
  return namespace === "" ? "target_info" : `${namespace}_target_info`;
}

/** `otel_scope_name`, `otel_scope_version` and the scope's attributes; empty unless the options want them. */
export function scopeLabels(scope: ByteRange, options: PrometheusOptions, namer: LabelNamer): Map<string, string> {
  const labels = new Map<string, string>();
  if (options.scopeLabels !== true) return labels;
  const { bytes, start, end } = scope;
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) {
    const { field, wireType } = cursor;
    cursor.skip();
    if (wireType !== LEN || (field !== 1 && field !== 2)) continue;
    labels.set(
      field === 1 ? "otel_scope_name" : "otel_scope_version",
      decodeName(bytes, cursor.valueStart, cursor.valueEnd),
    );
  }
  for (const [key, value] of Object.entries(decodeKeyValues(bytes, start, end, 3))) {
    if (key === "name" || key === "version" || key === "schema_url") continue;
    labels.set(namer.name(`otel_scope_${key}`), valueText(value));
  }
  return labels;
}

/** Adds the external labels that the data does not have itself. */
export function addExternal(labels: Map<string, string>, options: PrometheusOptions): void {
  for (const [name, value] of Object.entries(options.externalLabels ?? {})) {
    if (!labels.get(name)) labels.set(name, value);
  }
}
