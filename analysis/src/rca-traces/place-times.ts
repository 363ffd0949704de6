import { quantile } from "../numbers.js";
import { correlated, type Sampled } from "./evidence.js";
import { Magnitudes } from "./magnitude.js";
import type { RcaTraceSettings } from "./model.js";
import { type Place, placeOf, type Request } from "./request.js";

/** What the suspect requests spent at one place, against what ordinary ones do. */
export interface PlaceEvidence {
  readonly place: Place;
  readonly sampled: Sampled;
  readonly usuallyUs: number;
  readonly nowUs: number;
  /** Of the suspect requests that came there: how many took longer than any "as ever" is likely to. */
  readonly slow: number;
}

/** Judges the suspect requests' time at every place that ordinary requests came to. */
export function judgePlaces(
  ordinary: readonly Request[],
  suspect: readonly Request[],
  settings: RcaTraceSettings,
): PlaceEvidence[] {
  const magnitudes = new Magnitudes(timesByPlace(ordinary), {
    resolution: settings.resolutionUs,
    ceiling: settings.longestUs,
    priorSamples: settings.priorSamples,
  });
  const judged: PlaceEvidence[] = [];
  for (const [key, times] of timesByPlace(suspect)) {
    const usuallyUs = magnitudes.median(key);
    if (usuallyUs === undefined) continue;
    const ratios = times.map((time) => magnitudes.ratio(key, time) ?? 0);
    const slow = ratios.filter((ratio) => ratio > 1).length;
    const sampled = correlated(ratios, settings.correlation);
    judged.push({ place: placeOf(key), sampled, usuallyUs, nowUs: quantile(times, 0.5), slow });
  }
  return judged;
}

function timesByPlace(requests: readonly Request[]): Map<string, number[]> {
  const byPlace = new Map<string, number[]>();
  for (const { timeUs } of requests) {
    for (const [key, time] of timeUs) {
      const times = byPlace.get(key);
      if (times === undefined) byPlace.set(key, [time]);
      else times.push(time);
    }
  }
  return byPlace;
}
