import { FLAG } from "./frames.js";
import { ConnectionError, H2 } from "./http2-error.js";
import { MAX_HEADER_LIST_BYTES } from "./request-head.js";

/** More of them than a block of the largest size needs is a flood. */
const MAX_CONTINUATIONS = 16;
const PRIORITY_BYTES = 5;

export interface HeaderBlock {
  readonly streamId: number;
  readonly endsStream: boolean;
  /** Overwritten later. */
  readonly bytes: Buffer;
}

/** Puts HEADERS and its CONTINUATIONs together. */
export class HeaderBlocks {
  #parts: Buffer[] = [];
  #bytes = 0;
  #continuations = 0;
  #endsStream = false;
  /** Whose block is under way; 0: none is. */
  streamId = 0;

  /** @returns the block when it is whole. @throws ConnectionError */
  onHeaders(flags: number, streamId: number, payload: Buffer): HeaderBlock | undefined {
    const bytes = withoutPadding(flags, payload);
    const endsStream = (flags & FLAG.endStream) !== 0;
    if ((flags & FLAG.endHeaders) !== 0) return { streamId, endsStream, bytes };
    this.#endsStream = endsStream;
    this.#continuations = 0;
    this.streamId = streamId;
    this.#add(bytes);
    return undefined;
  }

  onContinuation(flags: number, payload: Buffer): HeaderBlock | undefined {
    if (++this.#continuations > MAX_CONTINUATIONS) throw new ConnectionError(H2.enhanceYourCalm, "CONTINUATION flood");
    this.#add(payload);
    if ((flags & FLAG.endHeaders) === 0) return undefined;
    const block = { streamId: this.streamId, endsStream: this.#endsStream, bytes: Buffer.concat(this.#parts) };
    this.#parts = [];
    this.#bytes = 0;
    this.streamId = 0;
    return block;
  }

  #add(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#bytes > MAX_HEADER_LIST_BYTES) throw new ConnectionError(H2.enhanceYourCalm, "header block too large");
    this.#parts.push(Buffer.from(bytes));
  }
}

function withoutPadding(flags: number, payload: Buffer): Buffer {
  let from = 0;
  let to = payload.length;
  if ((flags & FLAG.padded) !== 0) {
    if (to < 1) throw new ConnectionError(H2.frameSizeError, "padded frame without its padding");
    from = 1;
    to -= payload[0] as number;
  }
  if ((flags & FLAG.priority) !== 0) from += PRIORITY_BYTES;
  if (from <= to) return payload.subarray(from, to);
  if (from > payload.length) throw new ConnectionError(H2.frameSizeError, "HEADERS frame is cut");
  throw new ConnectionError(H2.protocolError, "padding longer than its frame");
}
