import { FLAG, FRAME, HEAD_BYTES, MAX_FRAME_BYTES, readStreamId } from "./frames.js";
import { ConnectionError, H2 } from "./http2-error.js";

/** What hears of the frames of a connection. */
export interface FrameSink {
  /** Every frame, before its payload is there. */
  onHead(type: number, flags: number, streamId: number, length: number): void;
  /** A frame other than DATA, whole. `payload` is overwritten afterwards. */
  onFrame(type: number, flags: number, streamId: number, payload: Buffer): void;
  /** A piece of a DATA frame without its padding: `bytes[from...to]`, overwritten afterwards. */
  onData(streamId: number, bytes: Buffer, from: number, to: number): void;
  /** A DATA frame is over. */
  onDataEnd(flags: number, streamId: number): void;
}

/** Cuts a stream of bytes, in any pieces, into frames. The content of DATA is passed on as it comes, never gathered. */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #head: Buffer = Buffer.alloc(HEAD_BYTES);
  #headBytes = 0;
  #type = 0;
  #flags = 0;
  #streamId = 0;
  /** Bytes of the payload still to come. */
  #left = 0;
  /** Of a DATA frame, at its end; -1: its length is yet to come. */
  #padding = 0;
  /** A frame that came in pieces. */
  #gathered: Buffer | undefined;
  #gatheredBytes = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** @throws ConnectionError; and what the sink throws, after which the reader is not to be used again */
  read(chunk: Buffer, from: number): void {
    let at = from;
    while (at < chunk.length) {
      if (this.#headBytes < HEAD_BYTES) {
        at = this.#readHead(chunk, at);
        if (this.#headBytes < HEAD_BYTES || this.#left > 0) continue;
      }
      at = this.#type === FRAME.data ? this.#readData(chunk, at) : this.#readPayload(chunk, at);
    }
  }

  #readHead(chunk: Buffer, from: number): number {
    if (this.#headBytes === 0 && chunk.length - from >= HEAD_BYTES) {
      this.#begin(chunk, from);
      return from + HEAD_BYTES;
    }
    const to = Math.min(chunk.length, from + HEAD_BYTES - this.#headBytes);
    chunk.copy(this.#head, this.#headBytes, from, to);
    this.#headBytes += to - from;
    if (this.#headBytes === HEAD_BYTES) this.#begin(this.#head, 0);
    return to;
  }

  #begin(head: Buffer, at: number): void {
    this.#headBytes = HEAD_BYTES;
    const length = ((head[at] as number) << 16) | ((head[at + 1] as number) << 8) | (head[at + 2] as number);
    this.#type = head[at + 3] as number;
    this.#flags = head[at + 4] as number;
    this.#streamId = readStreamId(head, at + 5);
    if (length > MAX_FRAME_BYTES) throw new ConnectionError(H2.frameSizeError, `frame of ${length} bytes`);
    this.#sink.onHead(this.#type, this.#flags, this.#streamId, length);
    this.#left = length;
    const isPadded = this.#type === FRAME.data && (this.#flags & FLAG.padded) !== 0;
    if (isPadded && length === 0) throw new ConnectionError(H2.frameSizeError, "padded frame without its padding");
    this.#padding = isPadded ? -1 : 0;
    if (length > 0) return;
    // No byte follows that would call for it.
    if (this.#type === FRAME.data) this.#endData();
    else this.#endFrame(EMPTY);
  }

  #readData(chunk: Buffer, from: number): number {
    let at = from;
    if (this.#padding < 0) {
      this.#padding = chunk[at++] as number;
      this.#left--;
      if (this.#padding > this.#left) throw new ConnectionError(H2.protocolError, "padding longer than its frame");
    }
    const content = Math.min(this.#left - this.#padding, chunk.length - at);
    if (content > 0) {
      this.#sink.onData(this.#streamId, chunk, at, at + content);
      at += content;
      this.#left -= content;
    }
    if (this.#left <= this.#padding) {
      const skipped = Math.min(this.#left, chunk.length - at);
      at += skipped;
      this.#left -= skipped;
      this.#padding -= skipped;
    }
    if (this.#left === 0) this.#endData();
    return at;
  }

  #endData(): void {
    this.#headBytes = 0;
    this.#sink.onDataEnd(this.#flags, this.#streamId);
  }

  #readPayload(chunk: Buffer, from: number): number {
    const to = Math.min(chunk.length, from + this.#left);
    if (this.#gatheredBytes === 0 && to - from === this.#left) {
      this.#left = 0;
      this.#endFrame(chunk.subarray(from, to));
      return to;
    }
    this.#gathered ??= Buffer.allocUnsafeSlow(MAX_FRAME_BYTES);
    chunk.copy(this.#gathered, this.#gatheredBytes, from, to);
    this.#gatheredBytes += to - from;
    this.#left -= to - from;
    if (this.#left > 0) return to;
    const payload = this.#gathered.subarray(0, this.#gatheredBytes);
    this.#gatheredBytes = 0;
    this.#endFrame(payload);
    return to;
  }

  #endFrame(payload: Buffer): void {
    this.#headBytes = 0;
    this.#sink.onFrame(this.#type, this.#flags, this.#streamId, payload);
  }
}

const EMPTY: Buffer = Buffer.alloc(0);
