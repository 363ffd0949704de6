import type { Matcher } from "@venturi/promql";
import type { Series } from "./series.js";

/** Which series carry which label value: `name → value → series`, so that a selector touches only what it selects. */
export class LabelIndex {
  readonly #postings = new Map<string, Map<string, Set<Series>>>();
  readonly #all = new Set<Series>();

  get size(): number {
    return this.#all.size;
  }

  get series(): Iterable<Series> {
    return this.#all;
  }

  add(series: Series): void {
    this.#all.add(series);
    for (const [name, value] of Object.entries(series.labels)) {
      let values = this.#postings.get(name);
      if (values === undefined) this.#postings.set(name, (values = new Map()));
      const posting = values.get(value);
      if (posting === undefined) values.set(value, new Set([series]));
      else posting.add(series);
    }
  }

  delete(series: Series): void {
    this.#all.delete(series);
    for (const [name, value] of Object.entries(series.labels)) {
      const values = this.#postings.get(name);
      const posting = values?.get(value);
      posting?.delete(series);
      if (posting?.size === 0) values?.delete(value);
      if (values?.size === 0) this.#postings.delete(name);
    }
  }

  /** Series that satisfy every matcher; a label that a series lacks counts as "". */
  select(matchers: readonly Matcher[]): Series[] {
    const { candidates, rest } = this.#narrow(matchers);
    const selected: Series[] = [];
    for (const series of candidates) {
      if (rest.every((matcher) => matcher.matches(labelOf(series, matcher.name)))) selected.push(series);
    }
    return selected;
  }

  /** Number of series per value of a label: for the cardinality statistics. */
  valueCounts(name: string): Map<string, number> {
    const counts = new Map<string, number>();
    for (const [value, posting] of this.#postings.get(name) ?? []) counts.set(value, posting.size);
    return counts;
  }

  labelNames(): string[] {
    return [...this.#postings.keys()];
  }

  labelValues(name: string): string[] {
    return [...(this.#postings.get(name)?.keys() ?? [])];
  }

  /** Starts from the smallest posting that an equality or a regular expression gives; the rest is tested per series. */
  #narrow(matchers: readonly Matcher[]): { candidates: Iterable<Series>; rest: readonly Matcher[] } {
    let best: { candidates: Set<Series>; matcher: Matcher } | undefined;
    for (const matcher of matchers) {
      if (matcher.op !== "=" || matcher.value === "") continue;
      const candidates = this.#postings.get(matcher.name)?.get(matcher.value) ?? noSeries;
      if (best === undefined || candidates.size < best.candidates.size) best = { candidates, matcher };
    }
    if (best !== undefined) return { candidates: best.candidates, rest: matchers.filter((m) => m !== best.matcher) };
    const expression = matchers.find((matcher) => matcher.op === "=~" && !matcher.matches(""));
    if (expression === undefined) return { candidates: this.#all, rest: matchers };
    const candidates: Series[] = [];
    for (const [value, posting] of this.#postings.get(expression.name) ?? []) {
      if (expression.matches(value)) candidates.push(...posting);
    }
    return { candidates, rest: matchers.filter((matcher) => matcher !== expression) };
  }
}

const noSeries: Set<Series> = new Set();

function labelOf(series: Series, name: string): string {
  return Object.hasOwn(series.labels, name) ? (series.labels[name] as string) : "";
}
