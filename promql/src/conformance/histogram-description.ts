import { combine } from "../histogram/arithmetic.js";
import { type CounterResetHint, CUSTOM_BUCKETS, type FloatHistogram, type Span } from "../histogram/float-histogram.js";
import { parseNumber } from "../numbers.js";

/** A histogram as scripts write it, and whether they care about its counter reset hint. */
export interface DescribedHistogram {
  readonly histogram: FloatHistogram;
  readonly hintGiven: boolean;
}

const HINTS: Readonly<Record<string, CounterResetHint>> = { unknown: 0, reset: 1, not_reset: 2, gauge: 3 };
const ITEM = /(\w+):(\[[^\]]*\]|\S+)/g;

/** Reads `{{schema:0 count:3 sum:4 buckets:[1 2]}}`. */
export function parseHistogram(text: string): DescribedHistogram {
  const fields = new Map<string, string>();
  for (const [, key = "", value = ""] of text.slice(2, -2).matchAll(ITEM)) fields.set(key, value);
  const number = (key: string): number => parseNumber(fields.get(key) ?? "0") ?? Number.NaN;
  const list = (key: string): number[] =>
    (fields.get(key) ?? "[]")
      .slice(1, -1)
      .split(/\s+/)
      .filter((part) => part !== "")
      .map((part) => parseNumber(part) ?? Number.NaN);
  const spans = (buckets: readonly number[], offset: string): Span[] =>
    buckets.length === 0 ? [] : [{ offset: number(offset), length: buckets.length }];
  const [positive, negative, schema] = [list("buckets"), list("n_buckets"), number("schema")];
  const hint = fields.get("counter_reset_hint");
  const histogram: FloatHistogram = {
    schema,
    zeroThreshold: number("z_bucket_w"),
    zeroCount: number("z_bucket"),
    count: number("count"),
    sum: number("sum"),
    positiveSpans: spans(positive, "offset"),
    negativeSpans: spans(negative, "n_offset"),
    positiveBuckets: Float64Array.from(positive),
    negativeBuckets: Float64Array.from(negative),
    counterResetHint: HINTS[hint ?? "unknown"] ?? 0,
    ...(schema === CUSTOM_BUCKETS ? { customValues: Float64Array.from(list("custom_values")) } : {}),
  };
  return { histogram, hintGiven: hint !== undefined };
}

const SERIES = /^(\{\{.*?\}\})(?:([+-])(\{\{.*?\}\}))?(?:x(\d+))?$/;

/** Reads `{{…}}`, `{{…}}x3`, `{{…}}+{{…}}x3`. */
export function expandHistograms(item: string): DescribedHistogram[] {
  const match = SERIES.exec(item);
  if (match === null) throw new Error(`bad histogram ${JSON.stringify(item)}`);
  const [, base = "", sign, step, times] = match;
  let current = parseHistogram(base);
  const increment = step === undefined ? undefined : parseHistogram(step);
  const hintGiven = (increment ?? current).hintGiven;
  const series: DescribedHistogram[] = [{ ...current, hintGiven }];
  for (let i = 0; i < Number(times ?? 0); i++) {
    if (increment !== undefined) {
      const { value } = combine(current.histogram, increment.histogram, sign === "-" ? -1 : 1);
      if (value === undefined) throw new Error(`schemas do not mix in ${JSON.stringify(item)}`);
      current = { histogram: value, hintGiven };
    }
    series.push({ ...current, hintGiven });
  }
  return series;
}
