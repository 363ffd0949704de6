import type { IngestStats } from "../ingest/ingest-stats.js";

/** Prometheus' words for why it does not take a sample, by the reason under which the store counts it. */
const texts: Readonly<Record<string, string>> = {
  out_of_order: "out of order sample",
  duplicate_timestamp: "duplicate sample for timestamp",
  too_old: "out of bounds",
  too_far_in_future: "out of bounds: timestamp is too far in the future",
  invalid_histogram: "histogram is not valid",
  series_limit: "too many series",
};

/** Refusals with their counts on one line. */
export function refusalText(refused: readonly { readonly text: string; readonly count: number }[]): string {
  return refused.map(({ text, count }) => (count === 1 ? text : `${text} (${count})`)).join(", ");
}

/** Finds out what the store refused in between two looks at its statistics. */
export class Refusals {
  readonly #stats: IngestStats;
  #total: number;
  #byReason: Readonly<Record<string, number>>;

  constructor(stats: IngestStats) {
    this.#stats = stats;
    this.#total = stats.droppedTotal;
    this.#byReason = stats.dropped;
  }

  /** Why the last sample was refused, in Prometheus' words; undefined when all was taken since the last look. */
  last(): string | undefined {
    const total = this.#stats.droppedTotal;
    if (total === this.#total) return undefined;
    const [reason] = this.#news();
    this.#total = total;
    this.#byReason = this.#stats.dropped;
    return texts[reason ?? ""] ?? reason ?? "refused";
  }

  /** All reasons since the last look that a sender should hear of, with their counts. */
  all(): { readonly text: string; readonly count: number }[] {
    return this.#news()
      .filter((reason) => reason in texts)
      .map((reason) => ({
        text: texts[reason] as string,
        count: (this.#stats.dropped[reason] ?? 0) - (this.#byReason[reason] ?? 0),
      }));
  }

  #news(): string[] {
    return Object.entries(this.#stats.dropped)
      .filter(([reason, count]) => count > (this.#byReason[reason] ?? 0))
      .map(([reason]) => reason);
  }
}
