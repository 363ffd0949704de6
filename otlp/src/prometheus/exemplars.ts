import type { Exemplar } from "../model/metric.js";
import { attributeLabels, sortLabels } from "./labels.js";
import type { PrometheusExemplar } from "./model.js";
import { nanoToMs } from "./time.js";

/** OpenMetrics bounds an exemplar's label names and values together. */
const LABELS_MAX_CHARACTERS = 128;

/** Trace and span ids as `trace_id` and `span_id`; the filtered attributes only while all labels stay within bounds. */
export function translateExemplars(exemplars: readonly Exemplar[] | undefined): PrometheusExemplar[] {
  if (exemplars === undefined) return [];
  return exemplars.map((exemplar) => ({
    labels: sortLabels(exemplarLabels(exemplar)),
    value: Number(exemplar.value),
    timestampMs: nanoToMs(exemplar.timeUnixNano),
  }));
}

function exemplarLabels(exemplar: Exemplar): Map<string, string> {
  const ids = new Map<string, string>();
  if (exemplar.traceId) ids.set("trace_id", exemplar.traceId);
  if (exemplar.spanId) ids.set("span_id", exemplar.spanId);
  const labels = new Map([...attributeLabels(exemplar.filteredAttributes ?? {}), ...ids]);
  let characters = 0;
  for (const [name, value] of labels) characters += [...name].length + [...value].length;
  return characters <= LABELS_MAX_CHARACTERS ? labels : ids;
}
