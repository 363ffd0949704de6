import { CODE } from "../rpc-status.js";
import { malformedAnswer, type Rejection, resetError } from "./client-errors.js";
import { GrpcError } from "./grpc-error.js";
import { GrpcMessage, inflateMessage } from "./grpc-message.js";
import type { HeaderField } from "./hpack/header-field.js";
import { H2 } from "./http2-error.js";
import { MAX_HEADER_LIST_BYTES } from "./request-head.js";

/** Answers are small; as much as other gRPC clients take. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** What a server answers to a unary call: headers, a message and trailers, or trailers alone. Codes are those of grpc-js. */
export class ClientAnswer {
  readonly #message = new GrpcMessage(MAX_ANSWER_BYTES);
  #hasHead = false;
  #hasTrailers = false;
  #httpStatus: string | undefined;
  #encoding: string | undefined;
  #status: number | undefined;
  #text = "";
  #details: Buffer | undefined;
  /** Of the block that is being read. */
  #blockBytes = 0;
  #isMalformed = false;
  #sawRegular = false;

  readonly addHeader = (field: HeaderField): void => {
    this.#blockBytes += field.size;
    if (this.#blockBytes > MAX_HEADER_LIST_BYTES) return;
    if (field.name.startsWith(":")) this.#addPseudo(field);
    else if (field.isWellFormed) this.#addRegular(field);
  };

  /** RFC 9113, section 8.3.2. */
  #addPseudo({ name, value }: HeaderField): void {
    const isInPlace = name === ":status" && !this.#hasHead && !this.#sawRegular && this.#httpStatus === undefined;
    if (!isInPlace || !/^[1-9]\d\d$/.test(value)) this.#isMalformed = true;
    this.#httpStatus ??= value;
  }

  #addRegular({ name, value }: HeaderField): void {
    this.#sawRegular = true;
    if (name === "grpc-encoding") this.#encoding ??= value;
    else if (name === "grpc-status") this.#status ??= /^\d{1,3}$/.test(value) ? Number(value) : CODE.unknown;
    else if (name === "grpc-message") this.#text ||= percentDecode(value);
    else if (name === "grpc-status-details-bin") this.#details ??= Buffer.from(value.split(",", 1)[0] ?? "", "base64");
  }

  /** A block of headers is whole. @returns why the answer is not wanted */
  endBlock(endsStream: boolean): Rejection | undefined {
    const bytes = this.#blockBytes;
    const isInformational = !this.#hasHead && this.#httpStatus?.startsWith("1") === true && !endsStream;
    this.#blockBytes = 0;
    this.#sawRegular = false;
    if (bytes > MAX_HEADER_LIST_BYTES) {
      const why = `Received headers larger than max (${MAX_HEADER_LIST_BYTES})`;
      return { reset: H2.enhanceYourCalm, error: new GrpcError(CODE.resourceExhausted, why) };
    }
    if (this.#isMalformed || this.#httpStatus === undefined) return malformedAnswer("pseudo-headers");
    if (this.#hasHead && !endsStream) return malformedAnswer("trailers that do not end it");
    this.#hasHead = !isInformational;
    this.#hasTrailers = endsStream;
    if (isInformational) this.#httpStatus = undefined;
    // A status counts where a call ends, and nowhere else.
    if (!endsStream) {
      this.#status = undefined;
      this.#text = "";
      this.#details = undefined;
    }
    return undefined;
  }

  /** Adds `bytes[from...to]`, which are not kept. @returns why the answer is not wanted */
  addData(bytes: Buffer, from: number, to: number): Rejection | undefined {
    if (!this.#hasHead) return malformedAnswer("DATA before headers");
    const refused = this.#message.add(bytes, from, to);
    if (refused === undefined) return undefined;
    // The page of a proxy is no message; what the proxy says is in its status.
    const error = this.#httpStatus === "200" ? new GrpcError(refused.code, refused.message) : this.#httpError();
    return { reset: H2.cancel, error };
  }

  /** Whoever made the call is not told the answer. */
  drop(): void {
    this.#message.drop();
  }

  /** The server has said all. @returns the message. @throws GrpcError what the server says, or that it makes no sense */
  async read(): Promise<Buffer> {
    if (this.#status !== CODE.ok || !this.#message.isWhole) this.drop();
    if (this.#status === undefined) {
      throw this.#hasTrailers || this.#httpStatus !== "200" ? this.#httpError() : resetError(H2.noError);
    }
    if (this.#status !== CODE.ok) {
      throw new GrpcError(this.#status, this.#text, this.#details === undefined ? {} : { details: this.#details });
    }
    if (!this.#message.isWhole) throw new GrpcError(CODE.unimplemented, "No message received");
    const { bytes, lease } = this.#message.take();
    const message = Buffer.from(bytes);
    lease?.release();
    return this.#message.isCompressed ? inflateMessage(this.#encoding, message, MAX_ANSWER_BYTES) : message;
  }

  #httpError(): GrpcError {
    return new GrpcError(statusOfHttp(this.#httpStatus), `Received HTTP status code ${this.#httpStatus}`);
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

function percentDecode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
