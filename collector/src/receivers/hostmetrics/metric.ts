import type { Attributes, MetricsBatchWriter } from "@venturi/otlp";

/** A metric that a scraper can give. */
export interface MetricDefinition {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly kind: "counter" | "updown" | "gauge";
  /** Whether it is given when the configuration does not say. */
  readonly enabled: boolean;
}

type Row = readonly [name: string, unit: string, description: string];

/** Metrics of one kind, as rows. */
export function define(kind: MetricDefinition["kind"], enabled: boolean, rows: readonly Row[]): MetricDefinition[] {
  return rows.map(([name, unit, description]) => ({ name, unit, description, kind, enabled }));
}

interface PointInput {
  readonly attributes: Attributes;
  readonly value: number | bigint;
}

/** Gathers the points of one scrape; only those of metrics that are switched on. */
export class Recorder {
  private readonly definitions: readonly MetricDefinition[];
  private readonly isEnabled: (name: string) => boolean;
  private readonly groups: { resource: Attributes; startNano: bigint; points: Map<string, PointInput[]> }[] = [];

  constructor(definitions: readonly MetricDefinition[], isEnabled: (name: string) => boolean) {
    this.definitions = definitions;
    this.isEnabled = isEnabled;
  }

  /** The points that follow belong to this resource; counters of it began then. */
  resource(resource: Attributes, startNano: bigint): void {
    this.groups.push({ resource, startNano, points: new Map() });
  }

  /** A point; a bigint is an integer, a number a double. */
  add(name: string, value: number | bigint, attributes: Attributes = {}): void {
    if (!this.isEnabled(name)) return;
    const { points } = this.groups.at(-1) ?? missingResource();
    const list = points.get(name);
    if (list === undefined) points.set(name, [{ attributes, value }]);
    else list.push({ attributes, value });
  }

  /** Writes what was gathered. */
  write(writer: MetricsBatchWriter, scope: string, timeUnixNano: bigint): void {
    for (const { resource, startNano, points } of this.groups) {
      if (points.size === 0) continue;
      writer.resource(resource, SCHEMA_URL).scope(scope);
      for (const definition of this.definitions) {
        const list = points.get(definition.name);
        if (list === undefined) continue;
        if (definition.kind === "gauge") {
          writer.gauge(
            definition,
            list.map((point) => ({ ...point, timeUnixNano })),
          );
          continue;
        }
        const kind = { monotonic: definition.kind === "counter", temporality: "cumulative" } as const;
        writer.sum(
          definition,
          kind,
          list.map((point) => ({ ...point, startTimeUnixNano: startNano, timeUnixNano })),
        );
      }
    }
  }
}

/** Of the conventions that upstream's names are from. */
const SCHEMA_URL = "https://opentelemetry.io/schemas/1.9.0";

function missingResource(): never {
  throw new Error("BUG: a point before its resource");
}
