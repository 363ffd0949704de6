import { type Attributes, ByteTable, KeyBuffer } from "@venturi/otlp";
import { resourceAttributes } from "./any-value.js";
import { SpanScan } from "./span-scan.js";

export interface ResourceEntry {
  readonly id: number;
  readonly attributes: Attributes;
  readonly serviceName: string;
  /** AnyValue bytes of each dimension that the resource can supply; undefined where it has none. */
  readonly dimensions: readonly (Uint8Array | undefined)[];
  lastSeenMs: number;
}

/** Numbers resources by their bytes, or by the attributes that `resource_metrics_key_attributes` names. */
export class Resources {
  private readonly table = new ByteTable();
  private readonly entries: (ResourceEntry | undefined)[] = [];
  /** From the bytes of a whole resource to its entry: the common case needs no look at the attributes. */
  private readonly wholes = new ByteTable();
  private readonly wholeEntries: (ResourceEntry | undefined)[] = [];
  private readonly keyAttributes: readonly string[];
  private readonly keyScan: SpanScan;
  private readonly dimensionScan: SpanScan;
  private readonly key = new KeyBuffer();

  constructor(dimensions: readonly string[], keyAttributes: readonly string[]) {
    this.keyAttributes = keyAttributes;
    this.keyScan = new SpanScan(keyAttributes);
    this.dimensionScan = new SpanScan(dimensions);
  }

  /** The entry of a Resource message; undefined for one without `service.name`, of which no metrics are made. */
  find(bytes: Uint8Array, start: number, end: number, nowMs: number): ResourceEntry | undefined {
    const { key } = this;
    key.reset();
    key.range(bytes, start, end);
    let index = this.wholes.find(key.bytes, key.length);
    if (index < 0) {
      index = this.wholes.add(key.bytes, key.length);
      this.wholeEntries[index] = this.intern(bytes, start, end, nowMs);
    }
    const entry = this.wholeEntries[index];
    if (entry !== undefined) entry.lastSeenMs = nowMs;
    return entry;
  }

  get(id: number): ResourceEntry | undefined {
    return this.entries[id];
  }

  private intern(bytes: Uint8Array, start: number, end: number, nowMs: number): ResourceEntry | undefined {
    const attributes = resourceAttributes(bytes.slice(start, end));
    const serviceName = attributes["service.name"];
    if (serviceName === undefined) return undefined;
    this.buildKey(bytes, start, end);
    const known = this.table.find(this.key.bytes, this.key.length);
    if (known >= 0) return this.entries[known];
    const id = this.table.add(this.key.bytes, this.key.length);
    const scan = this.dimensionScan;
    scan.readResource(bytes, start, end);
    const dimensions = Array.from(scan.valueStarts, (from, index) =>
      from < 0 ? undefined : bytes.slice(from, scan.valueEnds[index]),
    );
    const entry = { id, attributes, serviceName: String(serviceName), dimensions, lastSeenMs: nowMs };
    this.entries[id] = entry;
    return entry;
  }

  private buildKey(bytes: Uint8Array, start: number, end: number): void {
    const { key, keyScan } = this;
    if (this.keyAttributes.length === 0) return;
    keyScan.readResource(bytes, start, end);
    key.reset();
    keyScan.valueStarts.forEach((from, index) => {
      key.uint8(from < 0 ? 0 : 1);
      if (from >= 0) key.range(bytes, from, keyScan.valueEnds[index] as number);
    });
  }
}
