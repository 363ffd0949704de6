import { ByteTable, Cursor, KeyBuffer, type MessageEdit, Writer, writeEditValue } from "@venturi/otlp";
import { attributeValue } from "../../processors/attributes/attribute-value.js";

export interface CountedAttribute {
  readonly key: string;
  readonly default_value?: unknown;
}

/** Where attributes are looked for. */
export interface AttributesPlace {
  message: MessageEdit;
  field: number;
}

/** Combinations that are remembered from resource to resource, so that a known one costs no memory. */
const KNOWN_MAX = 10_000;
/** Of a number data point. */
const ATTRIBUTES = 7;
const VALUE = 2;
/** Of a range in the key, before its bytes. */
const LENGTH_BYTES = 4;

/** Counts by the values of attributes, of one resource after the other. Values are told apart by their bytes. */
export class SeriesCounts {
  private readonly keys: readonly string[];
  /** AnyValue bytes of the defaults. */
  private readonly defaults: readonly (Uint8Array | undefined)[];
  private table = new ByteTable();
  private counts: number[] = [];
  /** Combinations with a count, in the order in which they came. */
  private readonly touched: number[] = [];
  private readonly key = new KeyBuffer();
  private readonly range = { start: 0, end: 0 };

  constructor(attributes: readonly CountedAttribute[]) {
    this.keys = attributes.map(({ key }) => key);
    this.defaults = attributes.map(({ default_value }) => defaultBytes(default_value));
  }

  /** How many combinations were counted. */
  get size(): number {
    return this.touched.length;
  }

  /**
   * Looks up the values of an item: the first place that has an attribute gives its value.
   * @returns The number of the combination for `count`; -1 when an attribute is missing.
   */
  find(places: readonly AttributesPlace[]): number {
    const { key, keys, table } = this;
    key.reset();
    for (let index = 0; index < keys.length; index++) if (!this.addValue(index, places)) return -1;
    const known = table.find(key.bytes, key.length);
    return known >= 0 ? known : table.add(key.bytes, key.length);
  }

  count(combination: number): void {
    const count = this.counts[combination] ?? 0;
    if (count === 0) this.touched.push(combination);
    this.counts[combination] = count + 1;
  }

  /** Calls `visit` for each combination; `writeAttributes` writes its attributes into a data point. */
  forEach(visit: (count: number, writeAttributes: (writer: Writer) => void) => void): void {
    for (const combination of this.touched) {
      visit(this.counts[combination] as number, (writer) => this.writeAttributes(writer, combination));
    }
  }

  /** Begins with the next resource. */
  reset(): void {
    for (const combination of this.touched) this.counts[combination] = 0;
    this.touched.length = 0;
    if (this.table.size <= KNOWN_MAX) return;
    this.table = new ByteTable();
    this.counts = [];
  }

  private addValue(index: number, places: readonly AttributesPlace[]): boolean {
    const { key, range } = this;
    const name = this.keys[index] as string;
    for (const { message, field } of places) {
      if (!message.attributes(field).findRange(name, range)) continue;
      key.range(message.bytes, range.start, range.end);
      return true;
    }
    const byDefault = this.defaults[index];
    if (byDefault === undefined) return false;
    key.range(byDefault, 0, byDefault.length);
    return true;
  }

  private writeAttributes(writer: Writer, combination: number): void {
    const bytes = this.table.key(combination);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    for (const key of this.keys) {
      const start = at + LENGTH_BYTES;
      at = start + view.getUint32(at, true);
      const attribute = writer.open(ATTRIBUTES);
      writer.stringField(1, key);
      writer.rangeField(VALUE, bytes, start, at);
      writer.close(attribute);
    }
  }
}

function defaultBytes(raw: unknown): Uint8Array | undefined {
  const value = attributeValue(raw ?? undefined);
  if (value === undefined) return undefined;
  const writer = new Writer(64);
  writeEditValue(writer, 1, value);
  const cursor = new Cursor(writer.finish());
  cursor.next();
  return cursor.subarray();
}
