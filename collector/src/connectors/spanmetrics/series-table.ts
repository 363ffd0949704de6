import { type Attributes, ByteTable, type Exemplar } from "@venturi/otlp";
import { DimensionKey, type KeyOptions, type Subject } from "./dimension-key.js";

export interface SeriesOptions extends KeyOptions {
  /** Series per resource; 0: as many as come. */
  readonly limit: number;
}

const OVERFLOW: Attributes = { "otel.metric.overflow": true };
/** Bits of `flags`. */
const REPORTED = 1;
const IS_OVERFLOW = 2;

/**
 * The series of a metric: how often each was counted, in typed arrays, found by the bytes of their dimensions. A span of a
 * known series costs a hash and additions.
 */
export class SeriesTable {
  counts: Float64Array = new Float64Array(64);
  startedMs: Float64Array = new Float64Array(64);
  lastSeenMs: Float64Array = new Float64Array(64);
  /** By series, of those that have some. */
  readonly exemplars: Map<number, Exemplar[]> = new Map();
  /** How often something went to an overflow series because of the limit. */
  overflowed = 0;
  private flags = new Uint8Array(64);
  private resourceIds = new Int32Array(64);
  private seriesAttributes: Attributes[] = [];
  private table = new ByteTable();
  private readonly perResource = new Map<number, number>();
  private readonly key: DimensionKey;
  private readonly limit: number;

  constructor(options: SeriesOptions) {
    this.key = new DimensionKey(options);
    this.limit = options.limit;
  }

  get size(): number {
    return this.table.size;
  }

  /** Counts a subject `times` times. Answers the series' number. */
  record(subject: Subject, times: number, nowMs: number): number {
    const { key } = this;
    key.build(subject);
    let index = this.table.find(key.buffer.bytes, key.buffer.length);
    if (index < 0) index = this.create(subject, nowMs);
    this.counts[index] = (this.counts[index] as number) + times;
    this.lastSeenMs[index] = nowMs;
    return index;
  }

  resourceId(index: number): number {
    return this.resourceIds[index] as number;
  }

  /** The series' attributes as metrics carry them. */
  attributes(index: number): Attributes {
    return this.seriesAttributes[index] as Attributes;
  }

  /** Whether it stands for what the limit kept from having a series. */
  isOverflow(index: number): boolean {
    return ((this.flags[index] as number) & IS_OVERFLOW) !== 0;
  }

  isReported(index: number): boolean {
    return ((this.flags[index] as number) & REPORTED) !== 0;
  }

  /** All series that there are have been reported. Answers whether that is new of one. */
  setReported(): boolean {
    let isNew = false;
    for (let index = 0; index < this.size; index++) {
      isNew ||= !this.isReported(index);
      this.flags[index] = (this.flags[index] as number) | REPORTED;
    }
    return isNew;
  }

  /** Forgets all series but those that `keep` wants; answers their numbers of before. */
  retain(keep: (index: number) => boolean): readonly number[] {
    const { table, resourceIds, seriesAttributes, counts, startedMs, lastSeenMs, flags } = this;
    const kept = Array.from({ length: table.size }, (_, index) => index).filter(keep);
    if (kept.length === table.size) return kept;
    this.table = new ByteTable();
    this.perResource.clear();
    this.exemplars.clear();
    this.seriesAttributes = kept.map((index) => seriesAttributes[index] as Attributes);
    this.allocate(Math.max(64, kept.length));
    kept.forEach((from, to) => {
      const key = table.key(from);
      this.table.add(key, key.length);
      const resourceId = resourceIds[from] as number;
      this.resourceIds[to] = resourceId;
      this.flags[to] = flags[from] as number;
      if (!this.isOverflow(to)) this.perResource.set(resourceId, (this.perResource.get(resourceId) ?? 0) + 1);
      this.counts[to] = counts[from] as number;
      this.startedMs[to] = startedMs[from] as number;
      this.lastSeenMs[to] = lastSeenMs[from] as number;
    });
    return kept;
  }

  /** The dimension with the most different values: the one to look at when the limit is reached. */
  widestDimension(): { name: string; values: number } {
    const seen = new Map<string, Set<unknown>>();
    for (const attributes of this.seriesAttributes) {
      for (const [name, value] of Object.entries(attributes)) {
        let values = seen.get(name);
        if (values === undefined) seen.set(name, (values = new Set()));
        values.add(value);
      }
    }
    let widest = { name: "", values: 0 };
    for (const [name, values] of seen) if (values.size > widest.values) widest = { name, values: values.size };
    return widest;
  }

  private create(subject: Subject, nowMs: number): number {
    const { key, limit } = this;
    const { id } = subject.resource;
    const count = this.perResource.get(id) ?? 0;
    const isOverflow = limit > 0 && count >= limit;
    if (isOverflow) {
      this.overflowed++;
      key.buildOverflow(subject.resource);
      const overflow = this.table.find(key.buffer.bytes, key.buffer.length);
      if (overflow >= 0) return overflow;
    } else this.perResource.set(id, count + 1);
    const index = this.table.add(key.buffer.bytes, key.buffer.length);
    if (index >= this.counts.length) this.grow();
    this.resourceIds[index] = id;
    this.flags[index] = isOverflow ? IS_OVERFLOW : 0;
    this.seriesAttributes.push(isOverflow ? OVERFLOW : key.attributes(subject));
    this.startedMs[index] = nowMs;
    return index;
  }

  private grow(): void {
    const { counts, startedMs, lastSeenMs, flags, resourceIds } = this;
    this.allocate(counts.length * 2);
    this.counts.set(counts);
    this.startedMs.set(startedMs);
    this.lastSeenMs.set(lastSeenMs);
    this.flags.set(flags);
    this.resourceIds.set(resourceIds);
  }

  private allocate(size: number): void {
    this.counts = new Float64Array(size);
    this.startedMs = new Float64Array(size);
    this.lastSeenMs = new Float64Array(size);
    this.flags = new Uint8Array(size);
    this.resourceIds = new Int32Array(size);
  }
}
