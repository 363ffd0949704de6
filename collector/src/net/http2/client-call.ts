import { CODE } from "../rpc-status.js";
import { GrpcError } from "./grpc-error.js";
import { inflateMessage, PREFIX_BYTES } from "./grpc-message.js";
import type { HeaderField } from "./hpack/header-field.js";

/** A message to send, where it is; it is not copied. */
export interface OutgoingMessage {
  readonly pieces: readonly Uint8Array[];
  readonly isCompressed: boolean;
  /** The pieces will not be looked at again: all is written, or the connection is gone. Called once. */
  readonly onFlushed?: () => void;
}

/** Answers are small; as much as other gRPC clients take. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** One unary call, as its connection sees it. */
export class ClientCall {
  id = 0;
  /** Bytes that may still be sent. */
  window = 0;
  readonly isDone: Promise<Buffer>;
  readonly #pieces: readonly Uint8Array[];
  #piece = 0;
  #offset = 0;
  /** Bytes of the answer since the server's window was last given anew. */
  received = 0;
  /** Bytes not yet handed to the socket. */
  left = 0;
  #unflushed = 1;
  readonly #onFlushed: (() => void) | undefined;
  #resolve: (message: Buffer) => void = () => {};
  #reject: (error: GrpcError) => void = () => {};
  #parts: Buffer[] = [];
  #answerBytes = 0;
  #httpStatus: string | undefined;
  #encoding: string | undefined;
  #status: number | undefined;
  #message = "";
  #details: Buffer | undefined;

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

  readonly addHeader = ({ name, value }: HeaderField): void => {
    if (name === ":status") this.#httpStatus ??= value;
    else if (name === "grpc-encoding") this.#encoding ??= value;
    else if (name === "grpc-status") this.#status ??= /^\d{1,3}$/.test(value) ? Number(value) : CODE.unknown;
    else if (name === "grpc-message") this.#message = percentDecode(value);
    else if (name === "grpc-status-details-bin") this.#details ??= Buffer.from(value.split(",", 1)[0] ?? "", "base64");
  };

  /** 1xx: another block of headers comes before the answer. */
  get isInformational(): boolean {
    return this.#httpStatus?.startsWith("1") === true;
  }

  forgetHead(): void {
    this.#httpStatus = undefined;
  }

  addData(bytes: Buffer): void {
    this.#answerBytes += bytes.length;
    if (this.#answerBytes <= MAX_ANSWER_BYTES + PREFIX_BYTES) this.#parts.push(Buffer.from(bytes));
    else this.#parts = [];
  }

  /** The server has said all. */
  finish(): void {
    const status = this.#status ?? statusOfHttp(this.#httpStatus);
    if (status !== CODE.ok) {
      const text = this.#status === undefined ? httpText(this.#httpStatus) : this.#message;
      this.fail(new GrpcError(status, text, this.#details === undefined ? {} : { details: this.#details }));
      return;
    }
    this.#readAnswer().then(this.#resolve, (error: unknown) => this.#reject(error as GrpcError));
  }

  fail(error: GrpcError): void {
    this.#reject(error);
  }

  async #readAnswer(): Promise<Buffer> {
    if (this.#answerBytes > MAX_ANSWER_BYTES + PREFIX_BYTES) {
      throw new GrpcError(CODE.resourceExhausted, `Received message larger than max (${MAX_ANSWER_BYTES})`);
    }
    const bytes = Buffer.concat(this.#parts);
    if (bytes.length < PREFIX_BYTES || bytes.length !== PREFIX_BYTES + bytes.readUInt32BE(1)) {
      throw new GrpcError(CODE.internal, "Received no message, or half of one");
    }
    const message = bytes.subarray(PREFIX_BYTES);
    return bytes[0] === 0 ? message : inflateMessage(this.#encoding, message, MAX_ANSWER_BYTES);
  }
}

/** gRPC's table of HTTP statuses that come without a status of its own. */
function statusOfHttp(status: string | undefined): number {
  switch (status) {
    case "400":
      return CODE.internal;
    case "401":
      return CODE.unauthenticated;
    case "403":
      return CODE.permissionDenied;
    case "404":
      return CODE.unimplemented;
    case "429":
    case "502":
    case "503":
    case "504":
      return CODE.unavailable;
    default:
      return CODE.unknown;
  }
}

function httpText(status: string | undefined): string {
  return status === "200" ? "Call ended without gRPC status" : `Received HTTP status code ${status}`;
}

function percentDecode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
