import type { Attributes, AttributeValue } from "../model/attributes.js";
import type { PrometheusLabels } from "./model.js";
import type { LabelNamer } from "./names.js";
import { valueText } from "./text.js";

/** One label. */
export type LabelPair = readonly [name: string, value: string];

/** Resource attributes of which `job` and `instance` are made. */
const IDENTITY: ReadonlySet<string> = new Set(["service.namespace", "service.name", "service.instance.id"]);

/** What a resource is called: "" for what it does not tell. */
export interface TargetIdentity {
  readonly job: string;
  readonly instance: string;
}

export function targetIdentity(attributes: Attributes): TargetIdentity {
  const name = attributes["service.name"];
  const namespace = attributes["service.namespace"];
  const instance = attributes["service.instance.id"];
  let job = name === undefined ? "" : valueText(name);
  if (name !== undefined && namespace !== undefined) job = `${valueText(namespace)}/${job}`;
  return { job, instance: instance === undefined ? "" : valueText(instance) };
}

/** The attributes that `job` and `instance` do not tell. */
export function otherAttributes(attributes: Attributes): Record<string, AttributeValue> {
  const rest: Record<string, AttributeValue> = {};
  for (const [key, value] of Object.entries(attributes)) if (!IDENTITY.has(key)) rest[key] = value;
  return rest;
}

/** Attributes as labels. Keys that become the same name are joined with ";", in the order of the keys. */
export function attributeLabels(attributes: Attributes, namer: LabelNamer): Map<string, string> {
  const labels = new Map<string, string>();
  for (const key of Object.keys(attributes).sort()) {
    const name = namer.name(key);
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
  return sortPairs(pairs);
}

export function sortPairs(pairs: LabelPair[]): LabelPair[] {
  return pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
}

/**
 * The labels of one series of a metric: `base`, which is sorted, with `__name__` and `extra`, if any, where they belong.
 * Pairs are shared between series, not copied.
 */
export function extendLabels(base: PrometheusLabels, metric: LabelPair, extra?: LabelPair): PrometheusLabels {
  const own: LabelPair[] = extra === undefined ? [metric] : sortPairs([metric, extra]);
  const labels: LabelPair[] = [];
  let next = 0;
  for (const pair of base) {
    while (next < own.length && (own[next] as LabelPair)[0] <= pair[0]) labels.push(own[next++] as LabelPair);
    if (labels.at(-1)?.[0] !== pair[0]) labels.push(pair);
  }
  while (next < own.length) labels.push(own[next++] as LabelPair);
  return labels;
}
