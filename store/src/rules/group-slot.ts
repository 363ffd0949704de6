import { xxhash64 } from "@venturi/promql";

/** When a group is evaluated: again and again at the same place within its interval, which its file and name decide. */
export class GroupSlot {
  readonly intervalMs: number;
  readonly #offsetMs: number;

  /** The place is Prometheus' own, so that both give the samples of a rule the same timestamps. */
  constructor(file: string, name: string, intervalMs: number) {
    this.intervalMs = intervalMs;
    const hash = xxhash64(Buffer.concat(["file", file, "name", name].map(sized)));
    this.#offsetMs = Number((hash % (BigInt(intervalMs) * 1_000_000n)) / 1_000_000n);
  }

  /** The last time not after `nowMs`, in milliseconds since 1970. */
  lastMs(nowMs: number): number {
    return Math.floor((nowMs - this.#offsetMs) / this.intervalMs) * this.intervalMs + this.#offsetMs;
  }
}

/** A text behind its length: one byte, or 255 and three bytes. */
function sized(text: string): Buffer {
  const bytes = Buffer.from(text);
  const { length } = bytes;
  const size = length < 255 ? [length] : [255, length & 0xff, (length >> 8) & 0xff, length >> 16];
  return Buffer.concat([Buffer.from(size), bytes]);
}
