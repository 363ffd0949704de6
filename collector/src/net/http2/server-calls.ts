import type { Lease } from "../../lease.js";
import { CODE } from "../rpc-status.js";
import { Deadlines } from "./deadlines.js";
import { type GrpcStatus, parseTimeoutMs } from "./grpc-status.js";
import type { HeaderBlock } from "./header-blocks.js";
import { H2 } from "./http2-error.js";
import type { RequestHead } from "./request-head.js";
import { failure, unsupportedMediaType } from "./response.js";
import { ServerStream } from "./server-stream.js";
import type { StreamTable } from "./stream-table.js";

export interface GrpcCall {
  readonly path: string;
  /** The `grpc-encoding` of a compressed message. */
  readonly encoding: string | undefined;
  readonly isCompressed: boolean;
  readonly bytes: Buffer;
  /** Released by who will not look at `bytes` again; undefined: they are memory of their own. */
  readonly lease: Lease | undefined;
}

export interface CallHost {
  readonly maxMessageBytes: number;
  readonly maxStreams: number;
  isServed(path: string): boolean;
  /** Answers a call; undefined: success, with an empty message. Does not throw and does not reject. */
  answer(call: GrpcCall): GrpcStatus | undefined | Promise<GrpcStatus | undefined>;
}

/** When calls are under way, and when none is any more. */
interface Times {
  becameBusy(): void;
  becameIdle(): void;
}

/** The unary calls of one connection: from headers and DATA to an answer. */
export class ServerCalls {
  readonly #host: CallHost;
  readonly #streams: StreamTable;
  readonly #times: Times;
  readonly #deadlines: Deadlines;
  #isBusy = false;
  /** Whose DATA frame is being read; undefined: one that nobody wants. */
  #dataOf: ServerStream | undefined;

  constructor(host: CallHost, streams: StreamTable, times: Times) {
    this.#host = host;
    this.#streams = streams;
    this.#times = times;
    this.#deadlines = new Deadlines(streams, (stream) =>
      this.#answer(stream, { code: CODE.deadlineExceeded, message: "Deadline exceeded" }),
    );
  }

  /** Of a frame of `length` bytes, padding included. @throws ConnectionError */
  beginData(streamId: number, length: number): void {
    const stream = this.#streams.find(streamId);
    this.#dataOf = undefined;
    if (stream === undefined) return;
    if (stream.isEnded) this.#reset(stream.id, H2.streamClosed);
    else if (length > stream.receiveWindow) this.#reset(stream.id, H2.flowControlError);
    else {
      stream.receiveWindow -= length;
      this.#dataOf = stream;
    }
  }

  onData(bytes: Buffer, from: number, to: number): void {
    const stream = this.#dataOf;
    // The deadline may have passed between two pieces of the frame.
    if (stream === undefined || !this.#streams.has(stream)) return;
    const refused = stream.message.add(bytes, from, to);
    if (refused !== undefined) this.#answer(stream, refused);
  }

  onDataEnd(endsStream: boolean): void {
    const stream = this.#dataOf;
    if (stream === undefined || !this.#streams.has(stream)) return;
    if (endsStream) this.#endRequest(stream);
    else this.#streams.invite(stream);
  }

  onTrailers({ streamId, endsStream }: HeaderBlock, head: RequestHead): void {
    const stream = this.#streams.find(streamId);
    if (stream === undefined) return;
    if (stream.isEnded) this.#reset(streamId, H2.streamClosed);
    else if (!endsStream || head.isMalformedTrailer || head.isTooLarge) this.#reset(streamId, H2.protocolError);
    else this.#endRequest(stream);
  }

  /** @throws ConnectionError */
  onRequest({ streamId, endsStream }: HeaderBlock, head: RequestHead, sendWindow: number, refuses: boolean): void {
    this.#streams.lastId = streamId;
    if (refuses || this.#streams.size >= this.#host.maxStreams) this.#reset(streamId, H2.refusedStream);
    else if (head.isTooLarge) this.#reset(streamId, H2.enhanceYourCalm);
    else if (head.isMalformed) this.#reset(streamId, H2.protocolError);
    else this.#open(streamId, endsStream, head, sendWindow);
  }

  #open(streamId: number, endsStream: boolean, head: RequestHead, sendWindow: number): void {
    const timeoutMs = head.timeout === undefined ? Number.POSITIVE_INFINITY : parseTimeoutMs(head.timeout);
    const deadlineMs = performance.now() + (timeoutMs ?? 0);
    const { maxMessageBytes } = this.#host;
    const stream = new ServerStream(streamId, head, maxMessageBytes, sendWindow, deadlineMs);
    stream.isEnded = endsStream;
    this.#streams.add(stream);
    if (!this.#isBusy) this.#times.becameBusy();
    this.#isBusy = true;
    if (head.contentType?.startsWith("application/grpc") !== true) {
      this.#streams.end(stream, unsupportedMediaType(streamId));
      this.settle();
    } else if (!this.#host.isServed(head.path)) {
      const message = `The server does not implement the method ${head.path}`;
      this.#answer(stream, { code: CODE.unimplemented, message });
    } else if (timeoutMs === undefined) {
      this.#answer(stream, { code: CODE.internal, message: `Invalid grpc-timeout value "${head.timeout}"` });
    } else if (endsStream) this.#endRequest(stream);
    else this.#deadlines.add(deadlineMs);
  }

  #endRequest(stream: ServerStream): void {
    stream.isEnded = true;
    const { message, path, encoding } = stream;
    if (!message.isWhole) {
      const why = "Received no request message for a unary method";
      this.#answer(stream, { code: CODE.unimplemented, message: why });
      return;
    }
    const { isCompressed } = message;
    const answer = this.#host.answer({ path, encoding, isCompressed, ...message.take() });
    if (answer instanceof Promise) void answer.then((status) => this.#answer(stream, status));
    else this.#answer(stream, answer);
  }

  #answer(stream: ServerStream, status: GrpcStatus | undefined): void {
    // The client may have lost patience, or have no window for an answer that came in time.
    if (!this.#streams.has(stream) || stream.unsent > 0) return;
    if (status === undefined) this.#streams.succeed(stream);
    else this.#streams.end(stream, failure(stream.id, status));
    this.settle();
  }

  /** @throws ConnectionError when it was one too many */
  #reset(streamId: number, code: number): void {
    this.#streams.reset(streamId, code);
    this.settle();
  }

  /** Looks whether the last call has ended. */
  settle(): void {
    if (this.#streams.size > 0 || !this.#isBusy) return;
    this.#isBusy = false;
    this.#times.becameIdle();
  }

  stop(): void {
    this.#deadlines.stop();
  }
}
