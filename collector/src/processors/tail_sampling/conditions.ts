import { Cursor, FIXED64, LEN, VARINT } from "@venturi/otlp";
import { RE2JS } from "re2js";
import type { ScopeHeader } from "../../records/scope-header.js";
import type { SpanFields } from "../../records/span-fields.js";
import { LruCache } from "./lru-cache.js";
import { traceStateValue } from "./trace-state.js";

/** A span under test, and what the spans of its trace that came before it add up to. */
export interface TestedSpan {
  readonly fields: SpanFields;
  /** In which the span is; undefined between batches. */
  scope: ScopeHeader | undefined;
  /** From the earliest start to the latest end of the trace so far. */
  traceDurationMs: number;
}

/**
 * Becomes true of a trace with the first span, or resource, that it is true of. So a trace needs one bit for it, set while
 * spans arrive, and nothing is looked at twice.
 */
export interface Condition {
  /** Key of the attribute that it looks at. */
  readonly attribute?: string;
  /** Number of that key in `SpanFields.attributes`; set when all conditions are known. */
  slot?: number;
  ofSpan(span: TestedSpan): boolean;
  /** As `ofSpan`, for the AnyValue of the wanted attribute of a resource. */
  ofResourceValue?(bytes: Uint8Array, start: number, end: number): boolean;
}

/** In the order of their numbers. */
export const STATUS_CODES: readonly string[] = ["UNSET", "OK", "ERROR"];

/** A span with one of the status codes. */
export class StatusCondition implements Condition {
  private readonly codes: number;

  constructor(codes: readonly string[]) {
    this.codes = codes.reduce((mask, code) => mask | (1 << STATUS_CODES.indexOf(code)), 0);
  }

  ofSpan({ fields }: TestedSpan): boolean {
    return fields.statusCode < 31 && (this.codes & (1 << fields.statusCode)) !== 0;
  }
}

/** The trace lasts long; with an upper bound, it lasted that long at some moment while its spans came. */
export class LatencyCondition implements Condition {
  private readonly lowerMs: number;
  private readonly upperMs: number;

  constructor(lowerMs: number, upperMs: number) {
    this.lowerMs = lowerMs;
    this.upperMs = upperMs;
  }

  ofSpan({ traceDurationMs }: TestedSpan): boolean {
    if (this.upperMs === 0) return traceDurationMs >= this.lowerMs;
    return this.lowerMs < traceDurationMs && traceDurationMs <= this.upperMs;
  }
}

export class TraceFlagsCondition implements Condition {
  ofSpan({ fields }: TestedSpan): boolean {
    return (fields.flags & 1) !== 0;
  }
}

export class TraceStateCondition implements Condition {
  private readonly key: string;
  private readonly values: ReadonlySet<string>;

  constructor(key: string, values: readonly string[]) {
    this.key = key;
    // A member of a trace state has 256 characters at most.
    this.values = new Set(values.filter((value) => value !== "" && key.length + value.length < 256));
  }

  ofSpan({ fields }: TestedSpan): boolean {
    const { bytes, traceStateStart, traceStateEnd } = fields;
    if (traceStateStart === traceStateEnd) return false;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + traceStateStart, traceStateEnd - traceStateStart);
    const value = traceStateValue(text.toString("utf8"), this.key);
    return value !== undefined && this.values.has(value);
  }
}

/** An attribute of a span or resource has a value. */
abstract class AttributeCondition implements Condition {
  readonly attribute: string;
  slot = 0;

  constructor(attribute: string) {
    this.attribute = attribute;
  }

  ofSpan({ fields }: TestedSpan): boolean {
    const { attributes, bytes } = fields;
    const start = attributes.starts[this.slot] as number;
    return start >= 0 && this.ofValue(bytes, start, attributes.ends[this.slot] as number, false);
  }

  ofResourceValue(bytes: Uint8Array, start: number, end: number): boolean {
    return this.ofValue(bytes, start, end, true);
  }

  protected abstract ofValue(bytes: Uint8Array, start: number, end: number, ofResource: boolean): boolean;
}

const DEFAULT_REGEX_CACHE = 128;

export interface StringMatch {
  readonly values: readonly string[];
  readonly regex: boolean;
  /** Answers of the patterns that are remembered; 0: 128. */
  readonly cacheSize: number;
}

export class StringCondition extends AttributeCondition {
  private readonly exact: readonly Uint8Array[];
  private readonly patterns: readonly RE2JS[];
  private readonly cache: LruCache<boolean>;

  constructor(attribute: string, { values, regex, cacheSize }: StringMatch) {
    super(attribute);
    this.exact = regex ? [] : values.filter((value) => value !== "").map((value) => Buffer.from(value, "utf8"));
    this.patterns = regex ? values.map(compilePattern) : [];
    this.cache = new LruCache(cacheSize > 0 ? cacheSize : DEFAULT_REGEX_CACHE);
  }

  protected ofValue(bytes: Uint8Array, start: number, end: number, ofResource: boolean): boolean {
    findField(bytes, start, end, 1, LEN);
    const isEmpty = found.end === found.start;
    if (this.patterns.length === 0) {
      for (const value of this.exact) if (equals(bytes, found.start, found.end, value)) return true;
      return false;
    }
    // As upstream: what is no string is an empty one, which of a span never matches and of a resource may.
    if (isEmpty && !ofResource) return false;
    return this.matches(isEmpty ? "" : Buffer.from(bytes.subarray(found.start, found.end)).toString("utf8"));
  }

  private matches(text: string): boolean {
    const known = this.cache.get(text);
    if (known !== undefined) return known;
    const answer = this.patterns.some((pattern) => pattern.test(text));
    this.cache.set(text, answer);
    return answer;
  }
}

/** An integer between two bounds, both included. As upstream: what is no integer counts as 0. */
export class NumericCondition extends AttributeCondition {
  private readonly min: number;
  private readonly max: number;

  /** @param min 0: no lower bound. @param max 0: no upper bound. */
  constructor(attribute: string, min: number, max: number) {
    super(attribute);
    this.min = min === 0 ? Number.NEGATIVE_INFINITY : min;
    this.max = max === 0 ? Number.POSITIVE_INFINITY : max;
  }

  protected ofValue(bytes: Uint8Array, start: number, end: number): boolean {
    findField(bytes, start, end, 3, VARINT);
    const value = found.number;
    return value >= this.min && value <= this.max;
  }
}

/** As upstream: what is no boolean counts as false. */
export class BooleanCondition extends AttributeCondition {
  private readonly value: boolean;

  constructor(attribute: string, value: boolean) {
    super(attribute);
    this.value = value;
  }

  protected ofValue(bytes: Uint8Array, start: number, end: number): boolean {
    findField(bytes, start, end, 2, VARINT);
    return (found.number !== 0) === this.value;
  }
}

/** Go's syntax, found anywhere in a text, in time linear in it. @throws Error that names the pattern. */
function compilePattern(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (cause) {
    throw new Error(`invalid regex \`${pattern}\`: ${(cause as Error).message}`, { cause });
  }
}

/** Where `findField` found something; module variables, since an object per value is what costs. */
const found = { start: 0, end: 0, number: 0 };
const cursor = new Cursor();

/** Finds the value of one kind in an AnyValue. Of a oneof that was written twice the last counts. */
function findField(bytes: Uint8Array, start: number, end: number, field: number, wireType: number): void {
  found.start = found.end = start;
  found.number = 0;
  cursor.reset(bytes, start, end);
  while (cursor.next()) {
    const isWanted = cursor.field === field && cursor.wireType === wireType;
    if (isWanted && wireType === VARINT) {
      found.number = Number(cursor.int64());
      continue;
    }
    cursor.skip();
    if (isWanted) {
      found.start = cursor.valueStart;
      found.end = cursor.valueEnd;
    } else if (cursor.wireType === LEN || cursor.wireType === FIXED64 || cursor.wireType === VARINT) {
      found.start = found.end = start;
      found.number = 0;
    }
  }
}

function equals(bytes: Uint8Array, start: number, end: number, value: Uint8Array): boolean {
  if (end - start !== value.length) return false;
  for (let index = 0; index < value.length; index++) if (bytes[start + index] !== value[index]) return false;
  return true;
}
