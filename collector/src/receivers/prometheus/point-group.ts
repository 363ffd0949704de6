import type { Exemplar, PrometheusHistogram } from "@venturi/otlp";
import type { ParsedExemplar, ParsedSample } from "./exposition.js";
import type { Family } from "./families.js";
import { denseBuckets } from "./native-points.js";
import { nanos, type Owner, type ScrapedPoint, type ScrapedScope, type ScrapedSeries } from "./scraped-series.js";

/** The samples of one OTLP point while they come in: a histogram's buckets, sum and count arrive one by one. */
export class PointGroup {
  readonly key: string;
  readonly timeMs: number;
  private readonly owner: Owner;
  private readonly scope: ScrapedScope;
  private readonly family: Family;
  private readonly attributes: Readonly<Record<string, string>>;
  private readonly ownTime: boolean;
  private readonly exemplars: Exemplar[] = [];
  /** Buckets by bound, or quantiles. */
  private readonly parts: { readonly boundary: number; readonly value: number }[] = [];
  private value: number | undefined;
  private count: number | undefined;
  private sum: number | undefined;
  private native: PrometheusHistogram | undefined;
  private createdNano = 0n;
  private sampleCount = 0;

  constructor(
    key: string,
    identity: { readonly owner: Owner; readonly scope: ScrapedScope; readonly family: Family },
    attributes: Readonly<Record<string, string>>,
    time: { readonly timeMs: number; readonly isOwn: boolean },
  ) {
    this.key = key;
    this.owner = identity.owner;
    this.scope = identity.scope;
    this.family = identity.family;
    this.attributes = attributes;
    this.timeMs = time.timeMs;
    this.ownTime = time.isOwn;
  }

  /** `boundary`: the text of the sample's `le` or `quantile`, if it has one. */
  add(sample: ParsedSample, boundary: string | undefined, scrapeMs: number): void {
    this.sampleCount++;
    if (sample.createdMs !== undefined) this.createdNano = nanos(sample.createdMs);
    for (const exemplar of sample.exemplars ?? []) {
      // A native histogram may show the same exemplar for long: without a time nobody could tell.
      if (sample.histogram !== undefined && exemplar.timestampMs === undefined) continue;
      this.exemplars.push(toExemplar(exemplar, scrapeMs));
    }
    const { kind, exposedName } = this.family;
    const { name, value } = sample;
    if (kind !== "gauge" && name === `${exposedName}_created`) this.createdNano = secondsToNano(value);
    else if (kind === "gauge" || kind === "sum") this.value = value;
    else if (kind === "exponentialHistogram") this.native = sample.histogram;
    else if (name.endsWith("_sum")) this.sum = value;
    else if (name.endsWith("_count")) this.count = value;
    else {
      const bound = parseBoundary(boundary);
      if (bound !== undefined) this.parts.push({ boundary: bound, value });
    }
  }

  /** undefined when what makes the point is missing. */
  finish(): ScrapedSeries | undefined {
    const scraped = this.point();
    if (scraped === undefined) return undefined;
    const { key, owner, scope, family, ownTime, sampleCount } = this;
    return { key, owner, scope, family, scraped, ownTime, sampleCount };
  }

  private point(): ScrapedPoint | undefined {
    const { kind } = this.family;
    const common = {
      attributes: this.attributes,
      timeUnixNano: nanos(this.timeMs),
      ...(this.createdNano === 0n || kind === "gauge" ? {} : { startTimeUnixNano: this.createdNano }),
    };
    const exemplars = this.exemplars.length === 0 ? {} : { exemplars: this.exemplars };
    const { value, count, sum, native } = this;
    switch (kind) {
      case "gauge":
      case "sum":
        return value === undefined ? undefined : { kind, point: { ...common, value, ...exemplars } };
      case "summary": {
        if (count === undefined) return undefined;
        const quantiles = this.sorted().map(({ boundary, value: at }) => ({ quantile: boundary, value: at }));
        return { kind, point: { ...common, count: whole(count), sum: sum ?? 0, quantiles } };
      }
      case "histogram": {
        if (count === undefined) return undefined;
        const point = {
          ...common,
          count: whole(count),
          ...(sum === undefined ? {} : { sum }),
          ...this.buckets(count),
          ...exemplars,
        };
        return { kind, point };
      }
      case "exponentialHistogram":
        if (native === undefined) return undefined;
        return { kind, point: { ...common, ...exponential(native), ...exemplars } };
    }
  }

  private buckets(count: number): { explicitBounds: number[]; bucketCounts: number[] } {
    const finite = this.sorted().filter(({ boundary }) => boundary !== Number.POSITIVE_INFINITY);
    const cumulative = [...finite.map(({ value }) => value), count];
    // A bucket below its predecessor is a target's fault; a negative count would be ours.
    const bucketCounts = cumulative.map((value, index) => whole(value - (cumulative[index - 1] ?? 0)));
    return { explicitBounds: finite.map(({ boundary }) => boundary), bucketCounts };
  }

  private sorted(): PointGroup["parts"] {
    return this.parts.sort((a, b) => a.boundary - b.boundary);
  }
}

function exponential(native: PrometheusHistogram) {
  return {
    scale: native.schema,
    count: whole(native.count),
    sum: native.sum,
    zeroCount: whole(native.zeroCount),
    zeroThreshold: native.zeroThreshold,
    positive: denseBuckets(native.positiveSpans, native.positiveBuckets),
    negative: denseBuckets(native.negativeSpans, native.negativeBuckets),
  };
}

function whole(count: number): number {
  return count > 0 ? Math.min(Math.trunc(count), Number.MAX_SAFE_INTEGER) : 0;
}

function parseBoundary(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const value = /^\+?inf/i.test(text) ? Number.POSITIVE_INFINITY : Number(text);
  return Number.isNaN(value) ? undefined : value;
}

/** Whole seconds and the rest apart, so that a double's 53 bits do for both. */
function secondsToNano(seconds: number): bigint {
  if (!Number.isFinite(seconds) || seconds < 0) return 0n;
  const wholeSeconds = Math.trunc(seconds);
  return BigInt(wholeSeconds) * 1_000_000_000n + BigInt(Math.trunc((seconds - wholeSeconds) * 1e9));
}

/** `trace_id` and `span_id` become ids where they are hex; other labels become attributes. */
function toExemplar({ labels, value, timestampMs }: ParsedExemplar, timeMs: number): Exemplar {
  const filteredAttributes: Record<string, string> = {};
  let [traceId, spanId] = ["", ""];
  for (const [name, text] of labels) {
    const lower = name.toLowerCase();
    if (lower === "trace_id" && isHex(text)) traceId = sized(text, 32);
    else if (lower === "span_id" && isHex(text)) spanId = sized(text, 16);
    else filteredAttributes[name] = text;
  }
  return { timeUnixNano: nanos(timestampMs ?? timeMs), value, traceId, spanId, filteredAttributes };
}

function isHex(text: string): boolean {
  return text.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(text);
}

function sized(hex: string, digits: number): string {
  return hex.slice(0, digits).padStart(digits, "0").toLowerCase();
}
