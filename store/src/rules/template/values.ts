import { type FloatHistogram, formatHistogram } from "@venturi/promql";

/**
 * What a template computes with. Go's ints are bigints here and its floats numbers, since it never mixes them; a list is
 * the result of a query. Undefined is what Go prints as `<no value>`, null what it prints as `<nil>`.
 */
export type Value = string | number | bigint | boolean | null | undefined | readonly Value[] | GoMap | GoStruct;

/** A map from texts. */
export class GoMap {
  readonly type: string;
  readonly entries: ReadonlyMap<string, Value>;
  /** What a missing key gives. */
  readonly zero: Value;

  private constructor(type: string, entries: ReadonlyMap<string, Value>, zero: Value) {
    this.type = type;
    this.entries = entries;
    this.zero = zero;
  }

  static ofTexts(texts: Readonly<Record<string, string>>): GoMap {
    return new GoMap("map[string]string", sorted(Object.entries(texts)), "");
  }

  static ofAny(values: readonly (readonly [string, Value])[]): GoMap {
    return new GoMap("map[string]interface {}", sorted(values), undefined);
  }
}

export type Method = (...values: Value[]) => Value;

interface StructParts {
  readonly fields?: Readonly<Record<string, Value>>;
  readonly methods?: Readonly<Record<string, Method>>;
  /** What it is printed as, when it is not printed by its fields. */
  readonly text?: () => string;
}

/** A struct, or a pointer to something that has fields and methods. */
export class GoStruct {
  readonly type: string;
  readonly fields: ReadonlyMap<string, Value>;
  readonly methods: ReadonlyMap<string, Method>;
  readonly text: (() => string) | undefined;

  constructor(type: string, { fields = {}, methods = {}, text }: StructParts) {
    this.type = type;
    this.fields = new Map(Object.entries(fields));
    this.methods = new Map(Object.entries(methods));
    this.text = text;
  }
}

export const sampleType = "*template.sample";
export const resultType = "template.queryResult";

/** One element of a query's result, as templates see it. */
export function sampleValue(labels: Readonly<Record<string, string>>, value: Value): GoStruct {
  return new GoStruct(sampleType, { fields: { Labels: GoMap.ofTexts(labels), Value: value } });
}

export function histogramValue(histogram: FloatHistogram): GoStruct {
  const text = (): string => formatHistogram(histogram);
  const fields = { Count: histogram.count, Sum: histogram.sum, ZeroCount: histogram.zeroCount };
  return new GoStruct("*histogram.FloatHistogram", { fields, methods: { String: text }, text });
}

export function typeName(value: Value): string {
  if (typeof value === "number") return "float64";
  if (typeof value === "bigint") return "int";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (value === null || value === undefined) return "<nil>";
  return value instanceof GoMap || value instanceof GoStruct ? value.type : resultType;
}

/** Whether `if` takes its body. */
export function isTrue(value: Value): boolean {
  if (value instanceof GoMap) return value.entries.size > 0;
  if (value instanceof GoStruct) return true;
  if (Array.isArray(value)) return value.length > 0;
  return Boolean(value) || Number.isNaN(value);
}

function sorted(entries: readonly (readonly [string, Value])[]): Map<string, Value> {
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
