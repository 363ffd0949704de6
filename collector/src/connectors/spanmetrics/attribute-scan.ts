import { Cursor, LEN } from "@venturi/otlp";
import type { GlobNames } from "./glob-names.js";

/** Where the wanted attributes of a span, an event or a resource lie in its bytes. */
export class AttributeScan {
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the AnyValue of each wanted attribute is; start -1: it is not there. */
  readonly valueStarts: Int32Array;
  readonly valueEnds: Int32Array;
  /** Attributes that globs match: number of the name, start and end of the AnyValue of each. */
  globbed: Int32Array = new Int32Array(48);
  globbedCount = 0;
  /** Whether attributes must be looked at. */
  readonly wantsAny: boolean;
  private readonly keys: AttributeKeys;
  private readonly globs: GlobNames | undefined;
  private readonly cursor = new Cursor();
  private readonly inner = new Cursor();

  constructor(names: readonly string[], globs?: GlobNames) {
    this.keys = new AttributeKeys(names);
    this.globs = globs;
    this.valueStarts = new Int32Array(names.length);
    this.valueEnds = new Int32Array(names.length);
    this.wantsAny = names.length > 0 || globs !== undefined;
  }

  clear(bytes: Uint8Array): void {
    this.bytes = bytes;
    if (this.wantsAny) this.valueStarts.fill(-1);
    this.globbedCount = 0;
  }

  /** Reads the KeyValue records of field `field` in the message at `start`…`end`. */
  read(bytes: Uint8Array, start: number, end: number, field: number): void {
    this.clear(bytes);
    const { cursor } = this;
    cursor.reset(bytes, start, end);
    while (cursor.next()) {
      if (cursor.field === field && cursor.wireType === LEN) {
        cursor.lengthDelimited();
        this.attribute(cursor.valueStart, cursor.valueEnd);
      } else cursor.skip();
    }
  }

  /** Reads the KeyValue message at `start`…`end` of the bytes that `clear` was given. */
  attribute(start: number, end: number): void {
    const { inner, bytes, globs } = this;
    inner.reset(bytes, start, end);
    let wanted = -1;
    let glob = -1;
    let valueStart = start;
    let valueEnd = start;
    while (inner.next()) {
      inner.lengthDelimited();
      if (inner.field === 1) {
        wanted = this.keys.find(bytes, inner.valueStart, inner.valueEnd);
        if (globs !== undefined) glob = globs.find(bytes, inner.valueStart, inner.valueEnd);
        // Most attributes are not wanted: their values are not even walked over.
        if (wanted < 0 && glob < 0) return;
      } else if (inner.field === 2) {
        valueStart = inner.valueStart;
        valueEnd = inner.valueEnd;
      }
    }
    // A key that comes twice: the first counts.
    if (wanted >= 0 && (this.valueStarts[wanted] as number) < 0) {
      this.valueStarts[wanted] = valueStart;
      this.valueEnds[wanted] = valueEnd;
    }
    if (glob >= 0 && this.findGlobbed(glob) < 0) this.addGlobbed(glob, valueStart, valueEnd);
  }

  /** Where in `globbed` the name with this number is; -1: nowhere. */
  findGlobbed(name: number): number {
    for (let at = 0; at < this.globbedCount * 3; at += 3) if (this.globbed[at] === name) return at;
    return -1;
  }

  private addGlobbed(name: number, start: number, end: number): void {
    const at = this.globbedCount++ * 3;
    if (at >= this.globbed.length) {
      const larger = new Int32Array(this.globbed.length * 2);
      larger.set(this.globbed);
      this.globbed = larger;
    }
    this.globbed[at] = name;
    this.globbed[at + 1] = start;
    this.globbed[at + 2] = end;
  }
}

/** Finds which of a few keys some bytes are. Keys are told apart by their length first. */
class AttributeKeys {
  private readonly byLength: (readonly { readonly bytes: Uint8Array; readonly index: number }[] | undefined)[] = [];

  constructor(keys: readonly string[]) {
    keys.forEach((key, index) => {
      const bytes = Buffer.from(key, "utf8");
      this.byLength[bytes.length] = [...(this.byLength[bytes.length] ?? []), { bytes, index }];
    });
  }

  find(bytes: Uint8Array, start: number, end: number): number {
    const candidates = this.byLength[end - start];
    if (candidates === undefined) return -1;
    for (const candidate of candidates) {
      let at = 0;
      while (start + at < end && bytes[start + at] === candidate.bytes[at]) at++;
      if (start + at === end) return candidate.index;
    }
    return -1;
  }
}
