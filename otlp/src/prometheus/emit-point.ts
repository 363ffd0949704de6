import { staleNaN } from "../wire/stale-nan.js";
import { readExemplars } from "./exemplars.js";
import type {
  PrometheusExemplar,
  PrometheusFamily,
  PrometheusHistogram,
  PrometheusLabels,
  PrometheusSeries,
} from "./model.js";
import type { PointScan } from "./point-scan.js";
import type { PointSeries } from "./point-series.js";
import { wordsToMs } from "./time.js";

/** Appends the samples of one point to `into`. What they have in common is worked out once. */
export class PointEmitter {
  into: PrometheusSeries[] = [];
  private family: PrometheusFamily = { name: "", type: "unknown", help: "", unit: "" };
  private timestampMs = 0;
  private startTimestampMs = 0;
  private isStale = false;

  /** Turns to another point; the methods below are about it. */
  begin(family: PrometheusFamily, point: PointScan): void {
    this.family = family;
    this.timestampMs = wordsToMs(point.timeHigh, point.timeLow);
    this.startTimestampMs = wordsToMs(point.startHigh, point.startLow);
    this.isStale = point.isStale;
  }

  number(series: PointSeries, point: PointScan, withExemplars: boolean): void {
    this.emit(series.plain, point.value, withExemplars ? exemplarsOf(point) : undefined);
  }

  native(series: PointSeries, point: PointScan, histogram: PrometheusHistogram): void {
    const { family, timestampMs, startTimestampMs } = this;
    const exemplars = exemplarsOf(point);
    this.into.push({ labels: series.plain, timestampMs, value: 0, histogram, exemplars, startTimestampMs, family });
  }

  classic(series: PointSeries, point: PointScan): void {
    if (point.hasSum) this.emit(series.sum, point.sum, undefined);
    this.emit(series.count, point.count, undefined);
    const { bounds, counts } = point;
    const labels = series.buckets(bounds);
    const exemplars = exemplarsOf(point)?.sort((a, b) => a.value - b.value);
    let placed = 0;
    let cumulative = 0;
    for (let index = 0; index < bounds.length && index < counts.length; index++) {
      const bound = bounds.at(index);
      // A sender may list +Inf among its bounds; the bucket below always ends the list.
      if (bound === Number.POSITIVE_INFINITY) break;
      cumulative += counts.at(index);
      const first = placed;
      if (exemplars !== undefined) {
        while (placed < exemplars.length && (exemplars[placed] as PrometheusExemplar).value <= bound) placed++;
      }
      this.emit(labels[index] as PrometheusLabels, cumulative, slice(exemplars, first, placed));
    }
    this.emit(series.infinityBucket, point.count, slice(exemplars, placed, exemplars?.length ?? 0));
  }

  summary(series: PointSeries, point: PointScan): void {
    this.emit(series.sum, point.sum, undefined);
    this.emit(series.count, point.count, undefined);
    const labels = series.quantiles(point.quantiles);
    for (let index = 0; index < labels.length; index++) {
      this.emit(labels[index] as PrometheusLabels, point.quantileValues.at(index), undefined);
    }
  }

  private emit(labels: PrometheusLabels, value: number, exemplars: PrometheusExemplar[] | undefined): void {
    const { family, timestampMs, startTimestampMs } = this;
    const sample = this.isStale ? staleNaN : value;
    this.into.push({ labels, timestampMs, value: sample, histogram: undefined, exemplars, startTimestampMs, family });
  }
}

function exemplarsOf(point: PointScan): PrometheusExemplar[] | undefined {
  return point.exemplars.length === 0 ? undefined : readExemplars(point);
}

function slice(
  exemplars: PrometheusExemplar[] | undefined,
  from: number,
  to: number,
): PrometheusExemplar[] | undefined {
  return exemplars === undefined || from === to ? undefined : exemplars.slice(from, to);
}
