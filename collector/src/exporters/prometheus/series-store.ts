import {
  isStaleNaN,
  type PrometheusExemplar,
  type PrometheusFamily,
  type PrometheusLabels,
  type PrometheusSeries,
  type PrometheusTranslation,
} from "@venturi/otlp";

export interface StoredSeries {
  /** Of the sample: the family's name with `_bucket`, `_sum`, `_count` where it has one. */
  readonly name: string;
  /** Without the name. */
  readonly labels: PrometheusLabels;
  value: number;
  timestampMs: number;
  exemplars: readonly PrometheusExemplar[] | undefined;
  updatedMs: number;
}

export interface StoredFamily extends PrometheusFamily {
  readonly series: ReadonlyMap<string, StoredSeries>;
}

interface MutableFamily extends PrometheusFamily {
  readonly series: Map<string, StoredSeries>;
}

/** The latest value of each series, for a Prometheus that comes to fetch it. */
export class SeriesStore {
  private readonly families = new Map<string, MutableFamily>();
  private readonly expirationMs: number;
  private readonly limit: number;
  private size = 0;

  /** `limit`: how many series are kept at most; 0: any number. */
  constructor(expirationMs: number, limit: number) {
    this.expirationMs = expirationMs;
    this.limit = limit;
  }

  get seriesCount(): number {
    return this.size;
  }

  /** Takes the values of a batch. Answers how many new series found no place. */
  update(translated: PrometheusTranslation, nowMs: number): number {
    const owners = new Map<string, MutableFamily>();
    for (const family of translated.families) {
      const stored = this.family(family);
      for (const name of sampleNames(family)) owners.set(name, stored);
    }
    let rejected = 0;
    for (const series of translated.series) {
      const name = nameOf(series.labels);
      const family = owners.get(name) ?? this.family({ name, type: "unknown", help: "", unit: "" });
      if (!this.put(family, name, series, nowMs)) rejected++;
    }
    return rejected;
  }

  /** Families with at least one series that is not expired, by name. */
  read(nowMs: number): StoredFamily[] {
    for (const [name, family] of this.families) {
      for (const [key, series] of family.series) {
        if (nowMs - series.updatedMs > this.expirationMs && family.series.delete(key)) this.size--;
      }
      if (family.series.size === 0) this.families.delete(name);
    }
    return [...this.families.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  private put(family: MutableFamily, name: string, series: PrometheusSeries, nowMs: number): boolean {
    const key = keyOf(name, series.labels);
    const stored = family.series.get(key);
    if (isStaleNaN(series.value)) {
      if (stored !== undefined && family.series.delete(key)) this.size--;
      return true;
    }
    if (stored !== undefined) {
      // A batch that was delayed must not turn the clock back.
      if (series.timestampMs < stored.timestampMs) return true;
      stored.value = series.value;
      stored.timestampMs = series.timestampMs;
      stored.exemplars = series.exemplars ?? stored.exemplars;
      stored.updatedMs = nowMs;
      return true;
    }
    if (this.limit > 0 && this.size >= this.limit) return false;
    this.size++;
    const labels = series.labels.filter(([label]) => label !== "__name__");
    const { value, timestampMs, exemplars } = series;
    family.series.set(key, { name, labels, value, timestampMs, exemplars, updatedMs: nowMs });
    return true;
  }

  private family(family: PrometheusFamily): MutableFamily {
    let stored = this.families.get(family.name);
    if (stored === undefined) {
      stored = { ...family, series: new Map() };
      this.families.set(family.name, stored);
    }
    return stored;
  }
}

function sampleNames({ name, type }: PrometheusFamily): string[] {
  if (type === "histogram") return [`${name}_bucket`, `${name}_sum`, `${name}_count`];
  if (type === "summary") return [name, `${name}_sum`, `${name}_count`];
  return [name];
}

function nameOf(labels: PrometheusLabels): string {
  return labels.find(([label]) => label === "__name__")?.[1] ?? "";
}

/** A NUL parts the texts: it is allowed in neither names nor, in practice, values. */
function keyOf(name: string, labels: PrometheusLabels): string {
  let key = name;
  for (const [label, value] of labels) key += `\u0000${label}\u0000${value}`;
  return key;
}
