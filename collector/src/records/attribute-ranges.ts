import { Cursor, LEN } from "@venturi/otlp";

/** Where the AnyValues of a few wanted attributes lie among KeyValue records. */
export class AttributeRanges {
  /** By wanted key; -1: it has not come. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Keys are told apart by their length first. */
  private readonly byLength: (readonly { readonly key: Uint8Array; readonly index: number }[] | undefined)[] = [];
  private readonly cursor = new Cursor();

  constructor(keys: readonly string[]) {
    this.starts = new Int32Array(keys.length).fill(-1);
    this.ends = new Int32Array(keys.length);
    keys.forEach((text, index) => {
      const key = Buffer.from(text, "utf8");
      this.byLength[key.length] = [...(this.byLength[key.length] ?? []), { key, index }];
    });
  }

  clear(): void {
    this.starts.fill(-1);
  }

  /** Looks at the KeyValue in `start`…`end`. Of a key that comes twice the first counts. */
  note(bytes: Uint8Array, start: number, end: number): void {
    const { cursor } = this;
    cursor.reset(bytes, start, end);
    let wanted = -1;
    let valueStart = start;
    let valueEnd = start;
    while (cursor.next()) {
      if (cursor.wireType !== LEN) {
        cursor.skip();
        continue;
      }
      cursor.lengthDelimited();
      if (cursor.field === 1) {
        wanted = this.find(bytes, cursor.valueStart, cursor.valueEnd);
        // Most attributes are not wanted: their values are not even walked over.
        if (wanted < 0) return;
      } else if (cursor.field === 2) {
        valueStart = cursor.valueStart;
        valueEnd = cursor.valueEnd;
      }
    }
    if (wanted < 0 || (this.starts[wanted] as number) >= 0) return;
    this.starts[wanted] = valueStart;
    this.ends[wanted] = valueEnd;
  }

  /** Looks at all KeyValues in field `field` of the message in `start`…`end`, and at nothing else. */
  noteAll(bytes: Uint8Array, start: number, end: number, field: number): void {
    this.clear();
    const fields = new Cursor(bytes, start, end);
    while (fields.next()) {
      const isAttribute = fields.field === field && fields.wireType === LEN;
      fields.skip();
      if (isAttribute) this.note(bytes, fields.valueStart, fields.valueEnd);
    }
  }

  private find(bytes: Uint8Array, start: number, end: number): number {
    const candidates = this.byLength[end - start];
    if (candidates === undefined) return -1;
    for (const { key, index } of candidates) {
      let at = 0;
      while (start + at < end && bytes[start + at] === key[at]) at++;
      if (start + at === end) return index;
    }
    return -1;
  }
}
