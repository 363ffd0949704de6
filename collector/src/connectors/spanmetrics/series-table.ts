import { type Attributes, type AttributeValue, ByteTable, KeyBuffer } from "@venturi/otlp";
import { scalarOf, stringAnyValue } from "./any-value.js";
import type { Dimension } from "./config.js";
import type { ResourceEntry } from "./resources.js";
import type { SpanScan } from "./span-scan.js";

const KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
const STATUSES = ["UNSET", "OK", "ERROR"];

export interface SeriesOptions {
  /** All of them; their order is that of the `SpanScan` which feeds the table. */
  readonly dimensions: readonly Dimension[];
  /** Which of them this table uses. */
  readonly used: readonly number[];
  readonly excluded: ReadonlySet<string>;
  readonly instanceId: string;
  /** Upper bounds in the metric's unit. */
  readonly bounds: readonly number[];
  /** Per resource; 0: none. */
  readonly limit: number;
}

/**
 * The series of a metric: counts, sums and buckets in typed arrays, found by the bytes of their dimensions. A span of a
 * known series costs a hash and additions.
 */
export class SeriesTable {
  calls: Float64Array = new Float64Array(64);
  sums: Float64Array = new Float64Array(64);
  startedMs: Float64Array = new Float64Array(64);
  lastSeenMs: Float64Array = new Float64Array(64);
  private buckets: Float64Array;
  private table = new ByteTable();
  private resourceIds: number[] = [];
  private readonly attributeCache: (Attributes | undefined)[] = [];
  private readonly perResource = new Map<number, number>();
  private readonly key = new KeyBuffer();
  private readonly options: SeriesOptions;
  private readonly width: number;
  private readonly defaults: readonly (Uint8Array | undefined)[];
  /** Spans that went to an overflow series because of the limit. */
  overflowed = 0;

  constructor(options: SeriesOptions) {
    this.options = options;
    this.width = options.bounds.length + 1;
    this.buckets = new Float64Array(64 * this.width);
    this.defaults = options.dimensions.map((one) =>
      one.default === undefined ? undefined : stringAnyValue(one.default),
    );
  }

  get size(): number {
    return this.table.size;
  }

  /** Counts one span; `duration` in the metric's unit. Answers the series' number. */
  record(span: SpanScan, resource: ResourceEntry, duration: number, nowMs: number): number {
    this.buildKey(span, resource);
    let index = this.table.find(this.key.bytes, this.key.length);
    if (index < 0) index = this.create(resource, nowMs);
    this.calls[index] = (this.calls[index] as number) + 1;
    this.sums[index] = (this.sums[index] as number) + duration;
    this.lastSeenMs[index] = nowMs;
    const { bounds } = this.options;
    let bucket = 0;
    while (bucket < bounds.length && duration > (bounds[bucket] as number)) bucket++;
    const at = index * this.width + bucket;
    this.buckets[at] = (this.buckets[at] as number) + 1;
    return index;
  }

  resourceId(index: number): number {
    return this.resourceIds[index] as number;
  }

  bucketCounts(index: number): number[] {
    return Array.from(this.buckets.subarray(index * this.width, (index + 1) * this.width));
  }

  /** The series' attributes as metrics carry them; made once per series. */
  attributes(index: number, resource: ResourceEntry): Attributes {
    let attributes = this.attributeCache[index];
    if (attributes === undefined) {
      attributes = this.decode(this.table.key(index), resource);
      this.attributeCache[index] = attributes;
    }
    return attributes;
  }

  /** Forgets everything, or keeps the series that `keep` wants. */
  retain(keep: (index: number) => boolean): void {
    const old = {
      table: this.table,
      calls: this.calls,
      sums: this.sums,
      buckets: this.buckets,
      resourceIds: this.resourceIds,
    };
    const { startedMs, lastSeenMs } = this;
    const kept = Array.from({ length: old.table.size }, (_, index) => index).filter(keep);
    this.table = new ByteTable();
    this.resourceIds = [];
    this.perResource.clear();
    const attributes = kept.map((index) => this.attributeCache[index]);
    this.attributeCache.length = 0;
    this.attributeCache.push(...attributes);
    this.allocate(Math.max(64, kept.length));
    kept.forEach((from, to) => {
      const key = old.table.key(from);
      this.table.add(key, key.length);
      const resourceId = old.resourceIds[from] as number;
      this.resourceIds.push(resourceId);
      this.perResource.set(resourceId, (this.perResource.get(resourceId) ?? 0) + 1);
      this.calls[to] = old.calls[from] as number;
      this.sums[to] = old.sums[from] as number;
      this.startedMs[to] = startedMs[from] as number;
      this.lastSeenMs[to] = lastSeenMs[from] as number;
      this.buckets.set(old.buckets.subarray(from * this.width, (from + 1) * this.width), to * this.width);
    });
  }

  /** The dimension with the most different values: the one to look at when the limit is reached. */
  widestDimension(resources: (id: number) => ResourceEntry | undefined): { name: string; values: number } {
    const seen = new Map<string, Set<unknown>>();
    for (let index = 0; index < this.size; index++) {
      const resource = resources(this.resourceId(index));
      if (resource === undefined) continue;
      for (const [name, value] of Object.entries(this.attributes(index, resource))) {
        let values = seen.get(name);
        if (values === undefined) seen.set(name, (values = new Set()));
        values.add(value);
      }
    }
    let widest = { name: "", values: 0 };
    for (const [name, values] of seen) if (values.size > widest.values) widest = { name, values: values.size };
    return widest;
  }

  private buildKey(span: SpanScan, resource: ResourceEntry): void {
    const { key } = this;
    const { excluded, used } = this.options;
    key.reset();
    key.uint32(resource.id);
    key.uint8(excluded.has("span.kind") ? 0 : span.kind < KINDS.length ? span.kind : 0);
    key.uint8(excluded.has("status.code") ? 0 : span.statusCode < STATUSES.length ? span.statusCode : 0);
    if (excluded.has("span.name")) key.uint32(0);
    else key.range(span.bytes, span.nameStart, span.nameEnd);
    for (const dimension of used) {
      const start = span.valueStarts[dimension] as number;
      const other = start >= 0 ? undefined : (resource.dimensions[dimension] ?? this.defaults[dimension]);
      if (start >= 0) {
        key.uint8(1);
        key.range(span.bytes, start, span.valueEnds[dimension] as number);
      } else if (other !== undefined) {
        key.uint8(1);
        key.range(other, 0, other.length);
      } else key.uint8(0);
    }
  }

  private create(resource: ResourceEntry, nowMs: number): number {
    const { limit } = this.options;
    const count = this.perResource.get(resource.id) ?? 0;
    if (limit > 0 && count >= limit) {
      this.overflowed++;
      // A key that no span can have: the resource alone.
      this.key.reset();
      this.key.uint32(resource.id);
      const overflow = this.table.find(this.key.bytes, this.key.length);
      if (overflow >= 0) return overflow;
    } else this.perResource.set(resource.id, count + 1);
    const index = this.table.add(this.key.bytes, this.key.length);
    if (index >= this.calls.length) this.allocate(this.calls.length * 2);
    this.resourceIds.push(resource.id);
    this.startedMs[index] = nowMs;
    return index;
  }

  private allocate(size: number): void {
    const grow = (from: Float64Array, length: number): Float64Array => {
      const to = new Float64Array(length);
      if (length > from.length) to.set(from);
      return to;
    };
    this.calls = grow(this.calls, size);
    this.sums = grow(this.sums, size);
    this.startedMs = grow(this.startedMs, size);
    this.lastSeenMs = grow(this.lastSeenMs, size);
    this.buckets = grow(this.buckets, size * this.width);
  }

  private decode(key: Uint8Array, resource: ResourceEntry): Attributes {
    if (key.length === 4) return { "otel.metric.overflow": true };
    const { excluded, dimensions, used, instanceId } = this.options;
    const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
    const attributes: Record<string, AttributeValue> = {};
    const put = (name: string, value: AttributeValue): void => {
      if (!excluded.has(name)) attributes[name] = value;
    };
    put("service.name", resource.serviceName);
    let at = 6;
    const next = (): [start: number, end: number] => {
      const start = at + 4;
      at = start + view.getUint32(at, true);
      return [start, at];
    };
    const [nameStart, nameEnd] = next();
    put("span.name", Buffer.from(key.subarray(nameStart, nameEnd)).toString("utf8"));
    put("span.kind", `SPAN_KIND_${KINDS[key[4] as number]}`);
    put("status.code", `STATUS_CODE_${STATUSES[key[5] as number]}`);
    put("collector.instance.id", instanceId);
    for (const dimension of used) {
      if (key[at++] === 0) continue;
      const [start, end] = next();
      const value = scalarOf(key, start, end);
      if (value !== undefined) put((dimensions[dimension] as Dimension).name, value);
    }
    return attributes;
  }
}
