import { Cursor, LEN } from "@venturi/otlp";

/** What metrics need of a span, as positions in the bytes: read in place, nothing is made per span. */
export class SpanScan {
  bytes: Uint8Array = new Uint8Array(0);
  nameStart = 0;
  nameEnd = 0;
  kind = 0;
  statusCode = 0;
  durationNano = 0;
  traceIdStart = 0;
  traceIdEnd = 0;
  spanIdStart = 0;
  spanIdEnd = 0;
  /** Where the AnyValue of each wanted attribute is; start -1: the span has it not. */
  readonly valueStarts: Int32Array;
  readonly valueEnds: Int32Array;
  private readonly keys: AttributeKeys;
  private readonly cursor = new Cursor();
  private readonly inner = new Cursor();

  constructor(attributes: readonly string[]) {
    this.keys = new AttributeKeys(attributes);
    this.valueStarts = new Int32Array(attributes.length);
    this.valueEnds = new Int32Array(attributes.length);
  }

  /** Reads the Span message at `start`…`end`. */
  read(bytes: Uint8Array, start: number, end: number): void {
    this.clear(bytes, start);
    const { cursor } = this;
    let startLow = 0;
    let startHigh = 0;
    let endLow = 0;
    let endHigh = 0;
    cursor.reset(bytes, start, end);
    while (cursor.next()) {
      switch (cursor.field) {
        case 1:
          cursor.lengthDelimited();
          this.traceIdStart = cursor.valueStart;
          this.traceIdEnd = cursor.valueEnd;
          break;
        case 2:
          cursor.lengthDelimited();
          this.spanIdStart = cursor.valueStart;
          this.spanIdEnd = cursor.valueEnd;
          break;
        case 5:
          cursor.lengthDelimited();
          this.nameStart = cursor.valueStart;
          this.nameEnd = cursor.valueEnd;
          break;
        case 6:
          this.kind = cursor.uint32();
          break;
        case 7:
          startLow = cursor.fixed32();
          startHigh = cursor.fixed32();
          break;
        case 8:
          endLow = cursor.fixed32();
          endHigh = cursor.fixed32();
          break;
        case 9:
          cursor.lengthDelimited();
          if (this.valueStarts.length > 0) this.attribute(cursor.valueStart, cursor.valueEnd);
          break;
        case 15:
          cursor.lengthDelimited();
          this.status(cursor.valueStart, cursor.valueEnd);
          break;
        default:
          cursor.skip();
      }
    }
    // The difference is exact where each time as a double is not. A span that ends before it began took no time.
    this.durationNano = Math.max(0, (endHigh - startHigh) * 4294967296 + (endLow - startLow));
  }

  /** Reads the attributes of a Resource message in place of a span's. */
  readResource(bytes: Uint8Array, start: number, end: number): void {
    this.clear(bytes, start);
    const { cursor } = this;
    cursor.reset(bytes, start, end);
    while (cursor.next()) {
      if (cursor.field === 1 && cursor.wireType === LEN) {
        cursor.lengthDelimited();
        this.attribute(cursor.valueStart, cursor.valueEnd);
      } else cursor.skip();
    }
  }

  private clear(bytes: Uint8Array, start: number): void {
    this.bytes = bytes;
    this.nameStart = this.nameEnd = start;
    this.traceIdStart = this.traceIdEnd = this.spanIdStart = this.spanIdEnd = start;
    this.kind = 0;
    this.statusCode = 0;
    this.valueStarts.fill(-1);
  }

  private status(start: number, end: number): void {
    const { inner } = this;
    inner.reset(this.bytes, start, end);
    while (inner.next()) {
      if (inner.field === 3) this.statusCode = inner.uint32();
      else inner.skip();
    }
  }

  private attribute(start: number, end: number): void {
    const { inner } = this;
    inner.reset(this.bytes, start, end);
    let wanted = -1;
    let valueStart = start;
    let valueEnd = start;
    while (inner.next()) {
      inner.lengthDelimited();
      if (inner.field === 1) wanted = this.keys.find(this.bytes, inner.valueStart, inner.valueEnd);
      else if (inner.field === 2) {
        valueStart = inner.valueStart;
        valueEnd = inner.valueEnd;
      }
      // Most attributes are not wanted: their values are not even walked over.
      if (inner.field === 1 && wanted < 0) return;
    }
    // A key that comes twice: the first counts.
    if (wanted < 0 || (this.valueStarts[wanted] as number) >= 0) return;
    this.valueStarts[wanted] = valueStart;
    this.valueEnds[wanted] = valueEnd;
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
