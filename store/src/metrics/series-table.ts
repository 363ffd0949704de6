import type { LabelPairs, Series } from "./series.js";

/**
 * Series by their labels: a hash table that compares with the labels which the series holds anyway. A map with a key of
 * text per series would take 300 bytes more for each.
 */
export class SeriesTable {
  #slots: (Series | undefined)[] = new Array(1024).fill(undefined);
  #used = 0;
  /** Not in a slot yet: a file that opens has many, and nobody asks before the first sample arrives. */
  #added: Series[] = [];

  find(labels: LabelPairs): Series | undefined {
    if (this.#added.length > 0) this.#placeAdded();
    const mask = this.#slots.length - 1;
    for (let slot = hashOfPairs(labels) & mask; ; slot = (slot + 1) & mask) {
      const series = this.#slots[slot];
      if (series === undefined) return undefined;
      if (!series.isRemoved && hasLabels(series, labels)) return series;
    }
  }

  /** @param series one that is not in the table */
  add(series: Series): void {
    this.#added.push(series);
  }

  /** Drops the series that are marked as removed. */
  forgetRemoved(): void {
    this.#placeAdded();
    this.#rebuild(0);
  }

  #placeAdded(): void {
    const added = this.#added;
    this.#added = [];
    if ((this.#used + added.length) * 2 > this.#slots.length) this.#rebuild(added.length);
    for (const series of added) this.#place(series);
    this.#used += added.length;
  }

  #place(series: Series): void {
    const mask = this.#slots.length - 1;
    let slot = hashOfPairs(Object.entries(series.labels)) & mask;
    while (this.#slots[slot] !== undefined) slot = (slot + 1) & mask;
    this.#slots[slot] = series;
  }

  #rebuild(more: number): void {
    const live = this.#slots.filter((series) => series !== undefined && !series.isRemoved) as Series[];
    let capacity = 1024;
    while (capacity < (live.length + more) * 4) capacity *= 2;
    this.#slots = new Array(capacity).fill(undefined);
    this.#used = live.length;
    for (const series of live) this.#place(series);
  }
}

function hashOfPairs(pairs: LabelPairs): number {
  let hash = 0x811c9dc5;
  for (const [name, value] of pairs) {
    for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ 0x1ff, 0x01000193);
    for (let at = 0; at < value.length; at++) hash = Math.imul(hash ^ value.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ 0x2ff, 0x01000193);
  }
  return (hash ^ (hash >>> 16)) >>> 0;
}

function hasLabels(series: Series, pairs: LabelPairs): boolean {
  const { labels } = series;
  for (const [name, value] of pairs) if (!Object.hasOwn(labels, name) || labels[name] !== value) return false;
  return Object.keys(labels).length === pairs.length;
}
