import type { PrometheusFamily } from "@venturi/otlp";

/** All series of one name. */
export class ExposedFamily {
  readonly name: string;
  readonly type: PrometheusFamily["type"];
  readonly help: string;
  /** Numbers of the series by their label text. */
  readonly series: Map<string, number> = new Map();
  /** Series that found no place since the guard last looked. */
  refused = 0;
  readonly id: number;

  constructor(id: number, name: string, type: PrometheusFamily["type"], help: string) {
    this.id = id;
    this.name = name;
    this.type = type;
    this.help = help;
  }
}

/** The families by name. The first to come decides on type and help, as in the Collector. */
export class Families {
  private readonly byName = new Map<string, ExposedFamily>();
  private nextId = 0;

  /** undefined when the name is taken by another type. */
  take(name: string, type: PrometheusFamily["type"], help: string): ExposedFamily | undefined {
    const known = this.byName.get(name);
    if (known?.type === type) return known;
    if (known !== undefined && known.series.size > 0) return undefined;
    const family = new ExposedFamily(this.nextId++, name, type, help);
    this.byName.set(name, family);
    return family;
  }

  /** Those with series, by name. */
  sorted(): ExposedFamily[] {
    return [...this.byName.values()]
      .filter(({ series }) => series.size > 0)
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  forgetEmpty(): void {
    for (const [name, { series }] of this.byName) if (series.size === 0) this.byName.delete(name);
  }
}

/** The exposition has no types for info and stateset before OpenMetrics: there they are gauges. */
export function exposedType(type: PrometheusFamily["type"]): PrometheusFamily["type"] {
  return type === "info" || type === "stateset" ? "gauge" : type;
}
