/** What was accepted since the store was opened, and what was refused and why. */
export class IngestStats {
  spans = 0;
  samples = 0;
  logRecords = 0;
  readonly #dropped = new Map<string, number>();

  drop(reason: string, count: number): void {
    if (count > 0) this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
  }

  get dropped(): Record<string, number> {
    return Object.fromEntries(this.#dropped);
  }

  get droppedTotal(): number {
    let total = 0;
    for (const count of this.#dropped.values()) total += count;
    return total;
  }
}
