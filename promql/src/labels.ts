/** A series' labels as callers see them; the metric name is the label `__name__`. */
export type Labels = Readonly<Record<string, string>>;

export const METRIC_NAME = "__name__";
export const BUCKET_LABEL = "le";

/** Labels that describe the metric itself: an operation that changes its meaning drops them. */
const METADATA = new Set([METRIC_NAME, "__type__", "__unit__"]);

/** Half a surrogate pair: it can't occur in text decoded from UTF-8, so no label value can forge a boundary. */
const SEPARATOR = "\ud800";

/**
 * An immutable label set, names sorted, empty values absent. The key is computed once: two sets are equal exactly
 * when their keys are, so that grouping and matching are map lookups on one string.
 */
export class LabelSet {
  static readonly empty: LabelSet = new LabelSet([]);

  /** name, value, name, value, …; sorted by name. */
  readonly flat: readonly string[];
  #key: string | undefined;
  #withoutMetadata: LabelSet | undefined;

  private constructor(flat: readonly string[]) {
    this.flat = flat;
  }

  static fromRecord(labels: Labels): LabelSet {
    const names = Object.keys(labels);
    let sorted = true;
    for (let i = 1; i < names.length && sorted; i++) sorted = names[i - 1]! < names[i]!;
    if (!sorted) names.sort(compareText);
    const flat: string[] = [];
    for (const name of names) {
      const value = labels[name];
      if (value !== undefined && value !== "") flat.push(name, value);
    }
    return flat.length === 0 ? LabelSet.empty : new LabelSet(flat);
  }

  get key(): string {
    this.#key ??= this.flat.join(SEPARATOR);
    return this.#key;
  }

  get metricName(): string {
    return this.get(METRIC_NAME);
  }

  /** The value, "" when the label is absent (Prometheus knows no difference). */
  get(name: string): string {
    const { flat } = this;
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) return flat[i + 1]!;
    return "";
  }

  /** This set without `__name__`, `__type__` and `__unit__`. */
  withoutMetadata(): LabelSet {
    this.#withoutMetadata ??= this.filter((name) => !METADATA.has(name));
    return this.#withoutMetadata;
  }

  filter(keep: (name: string) => boolean): LabelSet {
    const { flat } = this;
    const kept: string[] = [];
    for (let i = 0; i < flat.length; i += 2) if (keep(flat[i]!)) kept.push(flat[i]!, flat[i + 1]!);
    if (kept.length === flat.length) return this;
    return kept.length === 0 ? LabelSet.empty : new LabelSet(kept);
  }

  /** A copy with one label set; the empty value removes it. */
  with(name: string, value: string): LabelSet {
    const { flat } = this;
    const next: string[] = [];
    let placed = value === "";
    for (let i = 0; i < flat.length; i += 2) {
      const current = flat[i]!;
      if (!placed && name < current) {
        next.push(name, value);
        placed = true;
      }
      if (current === name) {
        if (!placed) next.push(name, value);
        placed = true;
      } else next.push(current, flat[i + 1]!);
    }
    if (!placed) next.push(name, value);
    return next.length === 0 ? LabelSet.empty : new LabelSet(next);
  }

  toRecord(): Record<string, string> {
    const record: Record<string, string> = {};
    const { flat } = this;
    for (let i = 0; i < flat.length; i += 2) {
      // A label may be called __proto__; plain assignment would lose it.
      Object.defineProperty(record, flat[i]!, {
        value: flat[i + 1]!,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return record;
  }

  /** `{a="b", c="d"}`, as error messages show a series. */
  toString(): string {
    const { flat } = this;
    const parts: string[] = [];
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i]!;
      parts.push(`${isLegacyLabelName(name) ? name : JSON.stringify(name)}=${JSON.stringify(flat[i + 1]!)}`);
    }
    return `{${parts.join(", ")}}`;
  }
}

/** Label-set order of Prometheus: name by name, value by value, the shorter set first. */
export function compareLabelSets(a: LabelSet, b: LabelSet): number {
  const length = Math.min(a.flat.length, b.flat.length);
  for (let i = 0; i < length; i++) {
    if (a.flat[i] !== b.flat[i]) return a.flat[i]! < b.flat[i]! ? -1 : 1;
  }
  return a.flat.length - b.flat.length;
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether a label name can be written without quotes. */
export function isLegacyLabelName(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);
}

/** Whether a metric name can be written without quotes. */
export function isLegacyMetricName(name: string): boolean {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
}

/** Any non-empty, well-formed string is a label name since Prometheus 3. */
export function isValidLabelName(name: string): boolean {
  return name !== "" && isWellFormed(name);
}

function isWellFormed(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    const next = text.charCodeAt(i + 1);
    if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return false;
    i++;
  }
  return true;
}

/** The signature of a label set under `by (names)`: equal signatures fall into one group. */
export function signatureOf(labels: LabelSet, names: readonly string[]): string {
  let signature = "";
  for (const name of names) signature += labels.get(name) + SEPARATOR;
  return signature;
}
