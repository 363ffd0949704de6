import { DEFAULT_WINDOW, FRAME, MAX_WINDOW, numberFrame } from "./frames.js";
import { ConnectionError, H2 } from "./http2-error.js";
import type { Outbox } from "./outbox.js";
import { ResetBudget } from "./reset-budget.js";
import { EMPTY_MESSAGE_BYTES, headersOf, messagePart, SUCCESS_BYTES, trailersOf, writeSuccess } from "./response.js";
import { type ServerStream, STREAM_WINDOW } from "./server-stream.js";

/** Frames of that many streams that we ended may be under way when the client hears of it. */
const MAX_ABANDONED = 1024;

/** The streams of a connection, in their states, and what may be sent on them (RFC 9113, sections 5.1 and 5.2). */
export class StreamTable {
  readonly #outbox: Outbox;
  readonly #streams = new Map<number, ServerStream>();
  /** Their answers wait for a window. */
  readonly #blocked = new Set<ServerStream>();
  /** Streams that we ended before the client did: what it still sends on them is no fault of its. The oldest first. */
  readonly #abandoned = new Set<number>();
  readonly #resets = new ResetBudget();
  #sendWindow: number = DEFAULT_WINDOW;
  /** The last that the client opened. */
  lastId = 0;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  get size(): number {
    return this.#streams.size;
  }

  values(): Iterable<ServerStream> {
    return this.#streams.values();
  }

  has(stream: ServerStream): boolean {
    return this.#streams.get(stream.id) === stream;
  }

  add(stream: ServerStream): void {
    this.#streams.set(stream.id, stream);
  }

  /** The stream of a frame that only open ones may have; undefined: it is to be ignored. @throws ConnectionError */
  find(streamId: number): ServerStream | undefined {
    const stream = this.#streams.get(streamId);
    if (stream !== undefined) return stream;
    this.#expectOpened(streamId);
    if (this.#abandoned.has(streamId)) return undefined;
    throw new ConnectionError(H2.streamClosed, `stream ${streamId} is closed`);
  }

  #expectOpened(streamId: number): void {
    if (streamId % 2 === 0 || streamId > this.lastId) {
      throw new ConnectionError(H2.protocolError, `stream ${streamId} is idle`);
    }
  }

  /** Sends the end of a stream. */
  end(stream: ServerStream, lastFrame: Buffer): void {
    this.#outbox.add(lastFrame);
    this.#close(stream);
  }

  /** Sends an empty message, as far as the windows allow. */
  succeed(stream: ServerStream): void {
    if (this.#sendWindow >= EMPTY_MESSAGE_BYTES && stream.sendWindow >= EMPTY_MESSAGE_BYTES) {
      this.#sendWindow -= EMPTY_MESSAGE_BYTES;
      const bytes = Buffer.allocUnsafe(SUCCESS_BYTES);
      writeSuccess(bytes, 0, stream.id);
      this.end(stream, bytes);
      return;
    }
    this.#outbox.add(headersOf(stream.id));
    stream.unsent = EMPTY_MESSAGE_BYTES;
    this.#blocked.add(stream);
    this.#sendBlocked();
  }

  #sendBlocked(): void {
    for (const stream of this.#blocked) {
      const bytes = Math.min(stream.unsent, this.#sendWindow, stream.sendWindow);
      if (bytes <= 0) continue;
      this.#outbox.add(messagePart(stream.id, bytes));
      this.#sendWindow -= bytes;
      stream.sendWindow -= bytes;
      stream.unsent -= bytes;
      if (stream.unsent === 0) this.end(stream, trailersOf(stream.id));
    }
  }

  #close(stream: ServerStream): void {
    this.#forget(stream);
    if (stream.isEnded) return;
    // The client need not send the rest.
    this.#outbox.add(numberFrame(FRAME.rstStream, stream.id, H2.noError));
    this.#abandon(stream.id);
  }

  /** @throws ConnectionError when it was one too many */
  reset(streamId: number, code: number): void {
    const stream = this.#streams.get(streamId);
    if (stream !== undefined) this.#forget(stream);
    this.#outbox.add(numberFrame(FRAME.rstStream, streamId, code));
    this.#abandon(streamId);
    this.#resets.spend();
  }

  /** The client reset a stream. @returns whether it was open. @throws ConnectionError when it was one too many */
  wasReset(streamId: number): boolean {
    this.#expectOpened(streamId);
    const stream = this.#streams.get(streamId);
    this.#abandoned.delete(streamId);
    if (stream === undefined) return false;
    this.#forget(stream);
    this.#resets.spend();
    return true;
  }

  #abandon(streamId: number): void {
    this.#abandoned.add(streamId);
    if (this.#abandoned.size <= MAX_ABANDONED) return;
    for (const oldest of this.#abandoned) {
      this.#abandoned.delete(oldest);
      return;
    }
  }

  #forget(stream: ServerStream): void {
    this.#streams.delete(stream.id);
    if (stream.unsent > 0) this.#blocked.delete(stream);
    stream.message.drop();
  }

  /** Lets the client send more of a request, when it has little left. */
  invite(stream: ServerStream): void {
    if (stream.receiveWindow >= STREAM_WINDOW / 2) return;
    this.#outbox.add(numberFrame(FRAME.windowUpdate, stream.id, STREAM_WINDOW - stream.receiveWindow));
    stream.receiveWindow = STREAM_WINDOW;
  }

  /** A WINDOW_UPDATE. @throws ConnectionError */
  widen(streamId: number, increment: number): void {
    if (streamId === 0) {
      if (increment === 0) throw new ConnectionError(H2.protocolError, "WINDOW_UPDATE by 0");
      this.#sendWindow += increment;
      if (this.#sendWindow > MAX_WINDOW) throw new ConnectionError(H2.flowControlError, "connection window too large");
    } else {
      this.#expectOpened(streamId);
      const stream = this.#streams.get(streamId);
      if (stream === undefined) return;
      if (increment === 0) this.reset(streamId, H2.protocolError);
      else if (stream.sendWindow + increment > MAX_WINDOW) this.reset(streamId, H2.flowControlError);
      else stream.sendWindow += increment;
    }
    this.#sendBlocked();
  }

  /** The client changed its initial window. @throws ConnectionError */
  widenAll(change: number): void {
    if (change === 0) return;
    for (const stream of this.#streams.values()) {
      stream.sendWindow += change;
      if (stream.sendWindow > MAX_WINDOW) throw new ConnectionError(H2.flowControlError, "stream window too large");
    }
    this.#sendBlocked();
  }

  /** The client will send no more. */
  dropUnfinished(): void {
    for (const stream of this.#streams.values()) if (!stream.isEnded) this.#forget(stream);
  }

  dropAll(): void {
    for (const stream of this.#streams.values()) this.#forget(stream);
  }
}
