const INITIAL_BYTES = 256 * 1024;

/** Text under construction, as UTF-8 bytes in a buffer that is used again and again. */
export class TextBuffer {
  private buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  length = 0;

  /** What was written, on the buffer's own memory: valid until the next write. */
  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  reset(): void {
    this.length = 0;
  }

  text(text: string): void {
    const { length } = text;
    this.reserve(length * 3);
    if (length > 24) {
      this.length += this.buffer.write(text, this.length, "utf8");
      return;
    }
    // A loop beats the call into the engine for what is short, and nearly all of it is ASCII.
    const { buffer } = this;
    let at = this.length;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code >= 0x80) {
        this.length += buffer.write(text, this.length, "utf8");
        return;
      }
      buffer[at++] = code;
    }
    this.length = at;
  }

  byte(code: number): void {
    this.reserve(1);
    this.buffer[this.length++] = code;
  }

  /** Writes again what stands in `[start, end)`. */
  repeat(start: number, end: number): void {
    this.reserve(end - start);
    this.buffer.copyWithin(this.length, start, end);
    this.length += end - start;
  }

  /** A whole number from 0 up to 2^31, digit by digit. */
  smallInteger(value: number): void {
    this.reserve(10);
    const { buffer } = this;
    let digits = 1;
    for (let limit = 10; digits < 10 && value >= limit; limit *= 10) digits++;
    let rest = value;
    for (let at = this.length + digits - 1; at >= this.length; at--) {
      const next = (rest / 10) | 0;
      buffer[at] = 48 + rest - next * 10;
      rest = next;
    }
    this.length += digits;
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + bytes));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}
