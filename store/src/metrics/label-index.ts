import type { Matcher } from "@venturi/promql";
import type { LabelPairs, Series } from "./series.js";

/** One value of a label, and who carries it. */
interface Posting {
  readonly value: string;
  series: Series[];
}

interface Label {
  readonly name: string;
  readonly values: Map<string, Posting>;
}

/** Which series carry which label value: `name → value → series`, so that a selector touches only what it selects. */
export class LabelIndex {
  readonly #labels = new Map<string, Label>();
  #all: Series[] = [];

  get size(): number {
    return this.#all.length;
  }

  /** In the order in which they were added. */
  get series(): Iterable<Series> {
    return this.#all;
  }

  /** The labels as an object whose strings are the ones the index holds: each text is in memory once. */
  canonical(pairs: LabelPairs): Record<string, string> {
    const labels: Record<string, string> = {};
    for (const [name, value] of pairs) {
      const known = this.#label(name);
      // Plain assignment would set the prototype.
      if (name === "__proto__") Object.defineProperty(labels, name, { value, enumerable: true });
      else labels[known.name] = posting(known, value).value;
    }
    return labels;
  }

  add(series: Series): void {
    this.#all.push(series);
    for (const name of Object.keys(series.labels)) {
      posting(this.#label(name), series.labels[name] as string).series.push(series);
    }
  }

  deleteAll(removed: ReadonlySet<Series>): void {
    if (removed.size === 0) return;
    const stays = (series: Series): boolean => !removed.has(series);
    const touched = new Map<Label, Set<Posting>>();
    for (const series of removed) {
      for (const [name, value] of Object.entries(series.labels)) {
        const label = this.#label(name);
        const postings = touched.get(label) ?? new Set();
        touched.set(label, postings.add(posting(label, value)));
      }
    }
    for (const [label, postings] of touched) {
      for (const one of postings) {
        one.series = one.series.filter(stays);
        if (one.series.length === 0) label.values.delete(one.value);
      }
      if (label.values.size === 0) this.#labels.delete(label.name);
    }
    this.#all = this.#all.filter(stays);
  }

  /** Series that satisfy every matcher; a label that a series lacks counts as "". */
  select(matchers: readonly Matcher[]): Series[] {
    const { candidates, rest } = this.#narrow(matchers);
    if (rest.length === 0) return [...candidates];
    const selected: Series[] = [];
    for (const series of candidates) {
      if (rest.every((matcher) => matcher.matches(labelOf(series, matcher.name)))) selected.push(series);
    }
    return selected;
  }

  /** Number of series per value of a label: for the cardinality statistics. */
  valueCounts(name: string): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { value, series } of this.#labels.get(name)?.values.values() ?? []) counts.set(value, series.length);
    return counts;
  }

  labelNames(): string[] {
    return [...this.#labels.keys()];
  }

  labelValues(name: string): string[] {
    return [...(this.#labels.get(name)?.values.keys() ?? [])];
  }

  /** Starts from the smallest posting that an equality or a regular expression gives; the rest is tested per series. */
  #narrow(matchers: readonly Matcher[]): { candidates: readonly Series[]; rest: readonly Matcher[] } {
    let best: { candidates: readonly Series[]; matcher: Matcher } | undefined;
    for (const matcher of matchers) {
      if (matcher.op !== "=" || matcher.value === "") continue;
      const candidates = this.#labels.get(matcher.name)?.values.get(matcher.value)?.series ?? [];
      if (best === undefined || candidates.length < best.candidates.length) best = { candidates, matcher };
    }
    if (best !== undefined) return { candidates: best.candidates, rest: matchers.filter((m) => m !== best.matcher) };
    const expression = matchers.find((matcher) => matcher.op === "=~" && !matcher.matches(""));
    if (expression === undefined) return { candidates: this.#all, rest: matchers };
    const candidates: Series[] = [];
    let postings = 0;
    for (const { value, series } of this.#labels.get(expression.name)?.values.values() ?? []) {
      if (!expression.matches(value)) continue;
      for (const one of series) candidates.push(one);
      postings++;
    }
    // Whatever selects them, series come in the order in which they were added, as from Prometheus.
    if (postings > 1) candidates.sort((a, b) => a.id - b.id);
    return { candidates, rest: matchers.filter((matcher) => matcher !== expression) };
  }

  #label(name: string): Label {
    let label = this.#labels.get(name);
    if (label === undefined) this.#labels.set(name, (label = { name, values: new Map() }));
    return label;
  }
}

function posting(label: Label, value: string): Posting {
  let known = label.values.get(value);
  if (known === undefined) label.values.set(value, (known = { value, series: [] }));
  return known;
}

function labelOf(series: Series, name: string): string {
  return Object.hasOwn(series.labels, name) ? (series.labels[name] as string) : "";
}
