import type { Attributes, AttributesView, AttributeValue } from "../model/attributes.js";
import type { PrometheusLabels } from "./model.js";
import { labelName } from "./names.js";
import { valueText } from "./text.js";

/** One label. */
export type LabelPair = readonly [name: string, value: string];

const IDENTITY: ReadonlySet<string> = new Set(["service.namespace", "service.name", "service.instance.id"]);

/** Labels that every series of a resource gets, made once per resource. */
export interface ResourceLabels {
  readonly job: string;
  readonly instance: string;
  /** All attributes as labels; empty unless they go on every series. */
  readonly promoted: ReadonlyMap<string, string>;
}

export function resourceLabels(attributes: AttributesView, promoteAll: boolean): ResourceLabels {
  const name = attributes.get("service.name");
  const namespace = attributes.get("service.namespace");
  const instance = attributes.get("service.instance.id");
  let job = name === undefined ? "" : valueText(name);
  if (name !== undefined && namespace !== undefined) job = `${valueText(namespace)}/${job}`;
  return {
    job,
    instance: instance === undefined ? "" : valueText(instance),
    promoted: promoteAll ? attributeLabels(attributes.toObject()) : new Map(),
  };
}

/** Labels of `target_info`; undefined when it would say nothing or have neither job nor instance. */
export function targetInfoLabels(attributes: AttributesView, resource: ResourceLabels): PrometheusLabels | undefined {
  if (resource.job === "" && resource.instance === "") return undefined;
  const rest: Record<string, AttributeValue> = {};
  for (const [key, value] of Object.entries(attributes.toObject())) if (!IDENTITY.has(key)) rest[key] = value;
  if (Object.keys(rest).length === 0) return undefined;
  const labels = attributeLabels(rest);
  setIdentity(labels, resource);
  labels.set("__name__", "target_info");
  return sortLabels(labels);
}

/** Labels of a data point, without `__name__`. */
export function pointLabels(attributes: Attributes, resource: ResourceLabels): Map<string, string> {
  const labels = attributeLabels(attributes);
  for (const [name, value] of resource.promoted) if (!labels.get(name)) labels.set(name, value);
  setIdentity(labels, resource);
  return labels;
}

/** Attributes as labels. Keys that become the same name are joined with ";", in the order of the keys. */
export function attributeLabels(attributes: Attributes): Map<string, string> {
  const labels = new Map<string, string>();
  for (const key of Object.keys(attributes).sort()) {
    const name = labelName(key);
    if (name === "" || name === "__name__") continue;
    const text = valueText(attributes[key] ?? null);
    const earlier = labels.get(name);
    labels.set(name, earlier ? `${earlier};${text}` : text);
  }
  return labels;
}

/** The labels of a series; an empty value is no label. */
export function sortLabels(labels: ReadonlyMap<string, string>): PrometheusLabels {
  const pairs: LabelPair[] = [];
  for (const [name, value] of labels) if (value !== "") pairs.push([name, value]);
  return pairs.sort((a, b) => (a[0] < b[0] ? -1 : 1));
}

/**
 * The labels of one series of a metric: `base`, which is sorted, with `__name__` first and `extra`, if any, where it
 * belongs. Pairs are shared between series, not copied.
 */
export function extendLabels(base: PrometheusLabels, metric: LabelPair, extra?: LabelPair): PrometheusLabels {
  const labels: LabelPair[] = [metric];
  let isPlaced = extra === undefined;
  for (const pair of base) {
    if (!isPlaced && pair[0] >= (extra as LabelPair)[0]) {
      labels.push(extra as LabelPair);
      isPlaced = true;
      if (pair[0] === (extra as LabelPair)[0]) continue;
    }
    labels.push(pair);
  }
  if (!isPlaced) labels.push(extra as LabelPair);
  return labels;
}

function setIdentity(labels: Map<string, string>, resource: ResourceLabels): void {
  if (resource.job !== "") labels.set("job", resource.job);
  if (resource.instance !== "") labels.set("instance", resource.instance);
}
