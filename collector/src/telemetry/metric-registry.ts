/** What a metric is called and means. Names are the Collector's, without unit and type suffixes. */
export interface MetricDefinition {
  readonly name: string;
  readonly help: string;
  /** UCUM: `{span}`, `s`, `By`. */
  readonly unit: string;
}

export type MetricLabels = Readonly<Record<string, string>>;

export interface Counter {
  add(amount: number): void;
}
export interface Gauge {
  set(value: number): void;
  add(amount: number): void;
}
export interface Histogram {
  record(value: number): void;
}

class NumberCell implements Counter, Gauge {
  value = 0;
  add(amount: number): void {
    this.value += amount;
  }
  set(value: number): void {
    this.value = value;
  }
}

class HistogramCell implements Histogram {
  readonly counts: Float64Array;
  sum = 0;
  count = 0;
  readonly bounds: readonly number[];

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  record(value: number): void {
    let index = 0;
    while (index < this.bounds.length && value > (this.bounds[index] as number)) index++;
    this.counts[index] = (this.counts[index] as number) + 1;
    this.sum += value;
    this.count++;
  }
}

export type MetricPoint =
  | { readonly labels: MetricLabels; readonly value: number }
  | {
      readonly labels: MetricLabels;
      readonly bounds: readonly number[];
      readonly counts: readonly number[];
      readonly sum: number;
      readonly count: number;
    };

export interface MetricFamily extends MetricDefinition {
  readonly type: "counter" | "gauge" | "histogram";
  readonly points: readonly MetricPoint[];
}

interface Family {
  readonly definition: MetricDefinition;
  readonly type: MetricFamily["type"];
  readonly cells: Map<
    string,
    { readonly labels: MetricLabels; readonly cell: NumberCell | HistogramCell | (() => number) }
  >;
}

/** The collector's own metrics. Asking for the same name and labels again gives the same instrument. */
export class MetricRegistry {
  private readonly families = new Map<string, Family>();

  counter(definition: MetricDefinition, labels: MetricLabels = {}): Counter {
    return this.cell(definition, "counter", labels, () => new NumberCell()) as NumberCell;
  }

  gauge(definition: MetricDefinition, labels: MetricLabels = {}): Gauge {
    return this.cell(definition, "gauge", labels, () => new NumberCell()) as NumberCell;
  }

  histogram(definition: MetricDefinition, bounds: readonly number[], labels: MetricLabels = {}): Histogram {
    return this.cell(definition, "histogram", labels, () => new HistogramCell(bounds)) as HistogramCell;
  }

  /** A value that is read when somebody asks. The last reader counts: that of the component after a reload. */
  observe(type: "counter" | "gauge", definition: MetricDefinition, labels: MetricLabels, read: () => number): void {
    this.cell<() => number>(definition, type, labels, () => read);
    this.families.get(definition.name)?.cells.set(keyOf(labels), { labels, cell: read });
  }

  collect(): MetricFamily[] {
    return [...this.families.values()].map(({ definition, type, cells }) => ({
      ...definition,
      type,
      points: [...cells.values()].map(({ labels, cell }) => readCell(labels, cell)),
    }));
  }

  private cell<Cell extends NumberCell | HistogramCell | (() => number)>(
    definition: MetricDefinition,
    type: MetricFamily["type"],
    labels: MetricLabels,
    create: () => Cell,
  ): Cell {
    let family = this.families.get(definition.name);
    if (family === undefined) {
      family = { definition, type, cells: new Map() };
      this.families.set(definition.name, family);
    }
    if (family.type !== type) throw new Error(`BUG: metric ${definition.name} is a ${family.type}, not a ${type}`);
    const key = keyOf(labels);
    let entry = family.cells.get(key);
    if (entry === undefined) {
      entry = { labels, cell: create() };
      family.cells.set(key, entry);
    }
    return entry.cell as Cell;
  }
}

function keyOf(labels: MetricLabels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readCell(labels: MetricLabels, cell: NumberCell | HistogramCell | (() => number)): MetricPoint {
  if (typeof cell === "function") return { labels, value: cell() };
  if (cell instanceof NumberCell) return { labels, value: cell.value };
  return { labels, bounds: cell.bounds, counts: [...cell.counts], sum: cell.sum, count: cell.count };
}
