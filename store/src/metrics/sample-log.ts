/**
 * Samples accepted since the last flush, packed for the log table: 20 bytes each,
 * `u32 series id | f64 time (ms) | f64 value (bits)`, little-endian. One blob a flush costs one native call, where rows
 * would cost three per sample; it is read only when the store opens.
 */
const bytesPerSample = 20;

export class SampleLog {
  #view = new DataView(new ArrayBuffer(1024 * bytesPerSample));
  #count = 0;
  maxMs: number = Number.NEGATIVE_INFINITY;

  get count(): number {
    return this.#count;
  }

  append(seriesId: number, timeMs: number, value: number, stale: boolean): void {
    if ((this.#count + 1) * bytesPerSample > this.#view.byteLength) this.#grow();
    const at = this.#count++ * bytesPerSample;
    this.#view.setUint32(at, seriesId, true);
    this.#view.setFloat64(at + 4, timeMs, true);
    if (stale) {
      this.#view.setUint32(at + 12, 2, true);
      this.#view.setUint32(at + 16, 0x7ff00000, true);
    } else this.#view.setFloat64(at + 12, value, true);
    if (timeMs > this.maxMs) this.maxMs = timeMs;
  }

  bytes(): Uint8Array {
    return new Uint8Array(this.#view.buffer, 0, this.#count * bytesPerSample);
  }

  #grow(): void {
    const larger = new Uint8Array(this.#view.byteLength * 2);
    larger.set(new Uint8Array(this.#view.buffer));
    this.#view = new DataView(larger.buffer);
  }
}

/** Visits what `bytes()` packed. */
export function readSampleLog(
  bytes: Uint8Array,
  visit: (seriesId: number, timeMs: number, value: number, stale: boolean) => void,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + bytesPerSample <= view.byteLength; at += bytesPerSample) {
    const stale = view.getUint32(at + 12, true) === 2 && view.getUint32(at + 16, true) === 0x7ff00000;
    visit(view.getUint32(at, true), view.getFloat64(at + 4, true), view.getFloat64(at + 12, true), stale);
  }
}
