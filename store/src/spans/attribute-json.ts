import { Cursor, LEN } from "@venturi/otlp";

/**
 * Writes OTLP attributes as JSON text straight from their wire bytes: storing needs all of them once, so building
 * objects first would only be thrown away. What JSON cannot tell apart is wrapped the way MongoDB's extended JSON does:
 * `{"$numberDouble":"5"}` (a double without fraction, NaN, infinities), `{"$numberLong":"9007199254740993"}` (an int
 * that a JavaScript number cannot hold) and `{"$binary":"base64"}`. `typed-value.ts` reads it back.
 */
export class AttributeJson {
  /** The last value that was a string or a bool, as text; "" otherwise. */
  lastText = "";
  /** The last value that was a number; NaN otherwise. */
  lastNumber: number = Number.NaN;
  lastKey = "";
  readonly #keyTexts = new Map<string, string>();
  readonly #cursors: Cursor[] = [];

  /** One KeyValue message as `"key":value`. Sets `lastKey`, and `lastText` or `lastNumber`. */
  keyValue(bytes: Uint8Array, start: number, end: number, depth = 0): string {
    const cursor = this.#cursor(depth, bytes, start, end);
    let key = "";
    let valueStart = 0;
    let valueEnd = 0;
    while (cursor.next()) {
      if (cursor.field === 1 && cursor.wireType === LEN) key = cursor.string();
      else if (cursor.field === 2 && cursor.wireType === LEN) {
        cursor.lengthDelimited();
        valueStart = cursor.valueStart;
        valueEnd = cursor.valueEnd;
      } else cursor.skip();
    }
    const value = this.value(bytes, valueStart, valueEnd, depth);
    this.lastKey = key;
    return this.#keyText(key) + value;
  }

  /** One AnyValue message as JSON text; `null` when it is empty. */
  value(bytes: Uint8Array, start: number, end: number, depth = 0): string {
    this.lastText = "";
    this.lastNumber = Number.NaN;
    if (depth > maxDepth) return "null";
    const cursor = this.#cursor(depth, bytes, start, end);
    let text = "null";
    while (cursor.next()) {
      switch (cursor.field) {
        case 1:
          this.lastText = cursor.string();
          text = JSON.stringify(this.lastText);
          break;
        case 2:
          text = this.lastText = cursor.bool() ? "true" : "false";
          break;
        case 3:
          text = this.#int(cursor.uint64());
          break;
        case 4:
          text = this.#double(cursor.double());
          break;
        case 5:
          cursor.lengthDelimited();
          text = this.#array(bytes, cursor.valueStart, cursor.valueEnd, depth + 1);
          break;
        case 6:
          cursor.lengthDelimited();
          text = this.#keyValueList(bytes, cursor.valueStart, cursor.valueEnd, depth + 1);
          break;
        case 7:
          cursor.lengthDelimited();
          text = `{"$binary":"${base64(bytes.subarray(cursor.valueStart, cursor.valueEnd))}"}`;
          break;
        default:
          cursor.skip();
      }
    }
    return text;
  }

  #int(raw: bigint): string {
    const value = BigInt.asIntN(64, raw);
    this.lastNumber = Number(value);
    return Number.isSafeInteger(this.lastNumber) ? `${value}` : `{"$numberLong":"${value}"}`;
  }

  #double(value: number): string {
    this.lastNumber = value;
    return Number.isFinite(value) && !Number.isInteger(value) ? String(value) : `{"$numberDouble":"${value}"}`;
  }

  #array(bytes: Uint8Array, start: number, end: number, depth: number): string {
    const cursor = new Cursor(bytes, start, end);
    const items: string[] = [];
    while (cursor.next()) {
      if (cursor.field === 1 && cursor.wireType === LEN) {
        cursor.lengthDelimited();
        items.push(this.value(bytes, cursor.valueStart, cursor.valueEnd, depth));
      } else cursor.skip();
    }
    this.lastText = "";
    this.lastNumber = Number.NaN;
    return `[${items.join(",")}]`;
  }

  #keyValueList(bytes: Uint8Array, start: number, end: number, depth: number): string {
    const cursor = new Cursor(bytes, start, end);
    const items: string[] = [];
    while (cursor.next()) {
      if (cursor.field === 1 && cursor.wireType === LEN) {
        cursor.lengthDelimited();
        items.push(this.keyValue(bytes, cursor.valueStart, cursor.valueEnd, depth));
      } else cursor.skip();
    }
    this.lastText = "";
    this.lastNumber = Number.NaN;
    return `{${items.join(",")}}`;
  }

  #keyText(key: string): string {
    let text = this.#keyTexts.get(key);
    if (text === undefined) {
      text = `${JSON.stringify(key)}:`;
      if (this.#keyTexts.size < maxKeys) this.#keyTexts.set(key, text);
    }
    return text;
  }

  /** One cursor per nesting depth is enough, since a value's message is walked after its KeyValue's. */
  #cursor(depth: number, bytes: Uint8Array, start: number, end: number): Cursor {
    const cursor = (this.#cursors[depth] ??= new Cursor());
    cursor.reset(bytes, start, end);
    return cursor;
  }
}

/** Attribute names come from code, not from data; a sender that makes them up must not grow the cache. */
const maxKeys = 10_000;

/** Deeper values are stored as null: nobody nests attributes that far on purpose. */
const maxDepth = 32;

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
