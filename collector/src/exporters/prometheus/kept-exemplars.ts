import { type PrometheusExemplar, readExemplar } from "@venturi/otlp";
import type { KeptExemplars } from "./series-columns.js";

/** Exemplars with their trace and span ids; like the Collector's exporter without the filtered attributes. */
export function decodeExemplars(kept: KeptExemplars | undefined): PrometheusExemplar[] {
  if (kept === undefined) return [];
  const list: PrometheusExemplar[] = [];
  for (let index = 0; index + 1 < kept.ranges.length; index += 2) {
    list.push(readExemplar(kept.bytes, kept.ranges[index] as number, kept.ranges[index + 1] as number, false));
  }
  return list;
}

/** The exemplar of each bucket, the last being that of +Inf: the latest that fell into it. */
export function exemplarsByBucket(kept: KeptExemplars, bounds: Float64Array): (PrometheusExemplar | undefined)[] {
  const buckets: (PrometheusExemplar | undefined)[] = new Array(bounds.length + 1).fill(undefined);
  for (const exemplar of decodeExemplars(kept)) {
    let bucket = 0;
    while (bucket < bounds.length && exemplar.value > (bounds[bucket] as number)) bucket++;
    buckets[bucket] = exemplar;
  }
  return buckets;
}
