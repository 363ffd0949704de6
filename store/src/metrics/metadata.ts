import type { Database } from "../database/database.js";
import type { RowBuffer } from "../database/row-buffer.js";

export interface MetricMetadata {
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** Families are named by code, not by data; a sender that makes them up must not grow memory without bound. */
const maxFamilies = 50_000;

/** Type, help and unit per metric family; the newest description wins. */
export class Metadata {
  readonly #families = new Map<string, MetricMetadata>();

  async load(database: Database): Promise<void> {
    for (const row of await database.read("SELECT name, type, help, unit FROM metric_metadata ORDER BY rowid")) {
      const metadata = { type: String(row.type), help: String(row.help), unit: String(row.unit) };
      this.#families.set(String(row.name), metadata);
    }
  }

  set(name: string, metadata: MetricMetadata, rows: RowBuffer): void {
    const known = this.#families.get(name);
    if (known === undefined && this.#families.size >= maxFamilies) return;
    if (known?.type === metadata.type && known.help === metadata.help && known.unit === metadata.unit) return;
    this.#families.set(name, metadata);
    rows.push([name, metadata.type, metadata.help, metadata.unit]);
  }

  get(name: string): MetricMetadata | undefined {
    return this.#families.get(name);
  }

  entries(): Iterable<[string, MetricMetadata]> {
    return this.#families;
  }
}
