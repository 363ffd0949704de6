import { type Attributes, ByteTable, decodeAttributes, KeyBuffer } from "@venturi/otlp";
import { AttributeScan } from "./attribute-scan.js";
import type { GlobNames } from "./glob-names.js";

export interface ResourceEntry {
  /** Of one that came after another was forgotten, never one that there was before. */
  readonly id: number;
  readonly attributes: Attributes;
  readonly serviceName: string;
  /** AnyValue bytes of each named dimension that the resource can supply; undefined where it has none. */
  readonly dimensions: readonly (Uint8Array | undefined)[];
  /** What globs match; undefined when there are none. */
  readonly globbed: AttributeScan | undefined;
  lastSeenMs: number;
  /** Grows with every use: what was not used for longest has the least. */
  lastUse: number;
}

/** Stands for the resource before the first one comes. */
export const NO_RESOURCE: ResourceEntry = {
  id: -1,
  attributes: {},
  serviceName: "",
  dimensions: [],
  globbed: undefined,
  lastSeenMs: 0,
  lastUse: 0,
};

/** Encodings of resources that are told apart without a look at the attributes. */
const KNOWN_MAX = 10_000;

/** Numbers resources by their attributes, or by those that `resource_metrics_key_attributes` names. */
export class Resources {
  private table = new ByteTable();
  /** In the order of the table. */
  private entries: ResourceEntry[] = [];
  private readonly byId = new Map<number, ResourceEntry>();
  /** From the bytes of a whole resource to its entry: the common case needs no look at the attributes. */
  private wholes = new ByteTable();
  private wholeEntries: (ResourceEntry | undefined)[] = [];
  private readonly names: readonly string[];
  private readonly globs: GlobNames | undefined;
  private readonly keyAttributes: ReadonlySet<string>;
  private readonly key = new KeyBuffer();
  private lastId = -1;
  private uses = 0;

  constructor(names: readonly string[], globs: GlobNames | undefined, keyAttributes: readonly string[]) {
    this.names = names;
    this.globs = globs;
    this.keyAttributes = new Set(keyAttributes);
  }

  /** The entry of a Resource message; undefined for one without `service.name`, of which no metrics are made. */
  find(bytes: Uint8Array, start: number, end: number, nowMs: number): ResourceEntry | undefined {
    const { key } = this;
    key.reset();
    key.range(bytes, start, end);
    let index = this.wholes.find(key.bytes, key.length);
    if (index < 0) {
      if (this.wholes.size >= KNOWN_MAX) this.forgetWholes();
      index = this.wholes.add(key.bytes, key.length);
      this.wholeEntries[index] = this.intern(bytes.slice(start, end));
    }
    const entry = this.wholeEntries[index];
    if (entry !== undefined) {
      entry.lastSeenMs = nowMs;
      entry.lastUse = ++this.uses;
    }
    return entry;
  }

  get(id: number): ResourceEntry | undefined {
    return this.byId.get(id);
  }

  /** Forgets those that were not seen since a time, and of the others all but the `most` that were used last. */
  forget(seenBeforeMs: number, most: number): void {
    let kept = this.entries.filter(({ lastSeenMs }) => lastSeenMs > seenBeforeMs);
    if (kept.length > most) kept = [...kept].sort((a, b) => b.lastUse - a.lastUse).slice(0, most);
    if (kept.length === this.entries.length) return;
    const keys = new Map(this.entries.map((entry, index) => [entry.id, this.table.key(index)]));
    this.table = new ByteTable();
    this.entries = kept;
    this.byId.clear();
    for (const entry of kept) {
      const key = keys.get(entry.id) as Uint8Array;
      this.table.add(key, key.length);
      this.byId.set(entry.id, entry);
    }
    this.forgetWholes();
  }

  private forgetWholes(): void {
    this.wholes = new ByteTable();
    this.wholeEntries = [];
  }

  /** @param bytes Of the message, and nobody else's. */
  private intern(bytes: Uint8Array): ResourceEntry | undefined {
    const attributes = decodeAttributes(bytes, 0, bytes.length, 1);
    const serviceName = attributes["service.name"];
    if (serviceName === undefined) return undefined;
    this.buildKey(attributes, bytes);
    const known = this.table.find(this.key.bytes, this.key.length);
    if (known >= 0) return this.entries[known];
    this.table.add(this.key.bytes, this.key.length);
    const scan = new AttributeScan(this.names, this.globs);
    scan.read(bytes, 0, bytes.length, 1);
    const dimensions = Array.from(scan.valueStarts, (from, index) =>
      from < 0 ? undefined : bytes.subarray(from, scan.valueEnds[index]),
    );
    const entry: ResourceEntry = {
      id: ++this.lastId,
      attributes,
      serviceName: typeof serviceName === "string" ? serviceName : "",
      dimensions,
      globbed: this.globs === undefined ? undefined : scan,
      lastSeenMs: 0,
      lastUse: 0,
    };
    this.entries.push(entry);
    this.byId.set(entry.id, entry);
    return entry;
  }

  /** The same attributes in another order are the same resource. */
  private buildKey(attributes: Attributes, bytes: Uint8Array): void {
    const names = Object.keys(attributes).sort();
    const wanted = this.keyAttributes.size === 0 ? names : names.filter((name) => this.keyAttributes.has(name));
    const scan = new AttributeScan(wanted);
    scan.read(bytes, 0, bytes.length, 1);
    const { key } = this;
    key.reset();
    wanted.forEach((name, index) => {
      const text = Buffer.from(name, "utf8");
      key.range(text, 0, text.length);
      key.range(bytes, scan.valueStarts[index] as number, scan.valueEnds[index] as number);
    });
  }
}
