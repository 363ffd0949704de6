import { extendLabels, type LabelPair } from "./labels.js";
import type { PrometheusFamily, PrometheusLabels } from "./model.js";
import type { Doubles } from "./point-scan.js";
import { decimalText } from "./text.js";

/** A family, and the names of its series as label pairs that all of them share. */
export class FamilyNames {
  readonly family: PrometheusFamily;
  readonly plain: LabelPair;
  readonly sum: LabelPair;
  readonly count: LabelPair;
  readonly bucket: LabelPair;

  constructor(family: PrometheusFamily) {
    this.family = family;
    this.plain = ["__name__", family.name];
    this.sum = ["__name__", `${family.name}_sum`];
    this.count = ["__name__", `${family.name}_count`];
    this.bucket = ["__name__", `${family.name}_bucket`];
  }
}

const INFINITY_LABEL: LabelPair = ["le", "+Inf"];

/** The series that one OTLP time series becomes, each label set made once. */
export class PointSeries {
  private readonly base: PrometheusLabels;
  private readonly names: FamilyNames;
  private plainLabels: PrometheusLabels | undefined;
  private sumLabels: PrometheusLabels | undefined;
  private countLabels: PrometheusLabels | undefined;
  private infinityLabels: PrometheusLabels | undefined;
  private boundsOf: readonly number[] = [];
  private boundLabels: PrometheusLabels[] = [];

  /** `base`: sorted labels without name, `le` and `quantile`. */
  constructor(base: PrometheusLabels, names: FamilyNames) {
    this.base = base;
    this.names = names;
  }

  get plain(): PrometheusLabels {
    this.plainLabels ??= extendLabels(this.base, this.names.plain);
    return this.plainLabels;
  }

  get sum(): PrometheusLabels {
    this.sumLabels ??= extendLabels(this.base, this.names.sum);
    return this.sumLabels;
  }

  get count(): PrometheusLabels {
    this.countLabels ??= extendLabels(this.base, this.names.count);
    return this.countLabels;
  }

  get infinityBucket(): PrometheusLabels {
    this.infinityLabels ??= extendLabels(this.base, this.names.bucket, INFINITY_LABEL);
    return this.infinityLabels;
  }

  /** Labels of the `_bucket` series at each bound. */
  buckets(bounds: Doubles): readonly PrometheusLabels[] {
    if (!this.hasBounds(bounds)) {
      this.remember(bounds);
      this.boundLabels = this.boundsOf.map((bound) =>
        extendLabels(this.base, this.names.bucket, valueLabel("le", bound)),
      );
    }
    return this.boundLabels;
  }

  /** Labels of the series of each quantile of a summary. */
  quantiles(quantiles: Doubles): readonly PrometheusLabels[] {
    if (!this.hasBounds(quantiles)) {
      this.remember(quantiles);
      this.boundLabels = this.boundsOf.map((quantile) =>
        extendLabels(this.base, this.names.plain, valueLabel("quantile", quantile)),
      );
    }
    return this.boundLabels;
  }

  private hasBounds(bounds: Doubles): boolean {
    const { boundsOf } = this;
    if (boundsOf.length !== bounds.length) return false;
    for (let index = 0; index < boundsOf.length; index++)
      if (!Object.is(boundsOf[index], bounds.at(index))) return false;
    return true;
  }

  private remember(bounds: Doubles): void {
    this.boundsOf = sharedBounds(bounds);
  }
}

/** All points of a histogram share their bounds, so few lists and labels serve many; the limits are for odd senders. */
const SHARED_MAX = 1024;
const boundLists = new Map<string, readonly number[]>();
const valueLabels = new Map<string, LabelPair>();

function sharedBounds(bounds: Doubles): readonly number[] {
  const list = Array.from(bounds.copy());
  const key = list.join();
  const known = boundLists.get(key);
  if (known !== undefined) return known;
  if (boundLists.size >= SHARED_MAX) boundLists.clear();
  boundLists.set(key, list);
  return list;
}

function valueLabel(name: string, value: number): LabelPair {
  const key = `${name}${value}`;
  const known = valueLabels.get(key);
  if (known !== undefined) return known;
  if (valueLabels.size >= SHARED_MAX) valueLabels.clear();
  const label: LabelPair = [name, decimalText(value)];
  valueLabels.set(key, label);
  return label;
}
