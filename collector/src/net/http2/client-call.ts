import { ClientAnswer } from "./client-answer.js";
import type { GrpcError } from "./grpc-error.js";
import { PREFIX_BYTES } from "./grpc-message.js";

/** A message to send, where it is; it is not copied. */
export interface OutgoingMessage {
  readonly pieces: readonly Uint8Array[];
  readonly isCompressed: boolean;
  /** The pieces will not be looked at again: all is written, or the connection is gone. Called once. */
  readonly onFlushed?: () => void;
}

/** One unary call, as its connection sees it. */
export class ClientCall {
  id = 0;
  /** Bytes that may still be sent. */
  window = 0;
  /** Bytes of the answer since the server's window was last given anew. */
  received = 0;
  /** Bytes not yet handed to the socket. */
  left = 0;
  readonly answer = new ClientAnswer();
  readonly isDone: Promise<Buffer>;
  readonly #pieces: readonly Uint8Array[];
  #piece = 0;
  #offset = 0;
  #unflushed = 1;
  readonly #onFlushed: (() => void) | undefined;
  #resolve: (message: Promise<Buffer>) => void = () => {};
  #reject: (error: GrpcError) => void = () => {};

  constructor({ pieces, isCompressed, onFlushed }: OutgoingMessage) {
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
    prefix[0] = Number(isCompressed);
    prefix.writeUInt32BE(bytes, 1);
    this.#pieces = [prefix, ...pieces];
    this.left = PREFIX_BYTES + bytes;
    this.#onFlushed = onFlushed;
    this.isDone = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Gives the next `bytes` of the message to `write`, in one or more pieces. */
  takeNext(bytes: number, write: (piece: Uint8Array) => void): void {
    this.left -= bytes;
    this.window -= bytes;
    for (let missing = bytes; missing > 0; ) {
      const piece = this.#pieces[this.#piece] as Uint8Array;
      const taken = Math.min(missing, piece.length - this.#offset);
      if (taken > 0) write(piece.subarray(this.#offset, this.#offset + taken));
      missing -= taken;
      this.#offset += taken;
      if (this.#offset < piece.length) continue;
      this.#piece++;
      this.#offset = 0;
    }
  }

  /** A write of the message is under way. */
  hold(): void {
    this.#unflushed++;
  }

  /** A write is over; or (once) no other will begin. */
  letGo(): void {
    if (--this.#unflushed === 0) this.#onFlushed?.();
  }

  /** The server has said all. */
  finish(): void {
    this.#resolve(this.answer.read());
  }

  fail(error: GrpcError): void {
    this.answer.drop();
    this.#reject(error);
  }
}
