import { GrpcMessage } from "./grpc-message.js";

/** What a client may send of one request before it hears of us; most requests are smaller. */
export const STREAM_WINDOW: number = 1024 * 1024;

/** A call that was not answered yet. */
export class ServerStream {
  readonly id: number;
  readonly path: string;
  readonly encoding: string | undefined;
  readonly message: GrpcMessage;
  /** On the clock of `performance.now()`. */
  readonly deadlineMs: number;
  /** The client has sent all. */
  isEnded = false;
  /** Bytes that the client may still send. */
  receiveWindow: number = STREAM_WINDOW;
  /** Bytes that we may still send. */
  sendWindow: number;
  /** Bytes of the answer that wait for the client's window. */
  unsent = 0;

  constructor(
    id: number,
    head: { readonly path: string; readonly encoding: string | undefined },
    maxMessageBytes: number,
    sendWindow: number,
    deadlineMs: number,
  ) {
    this.id = id;
    this.path = head.path;
    this.encoding = head.encoding;
    this.message = new GrpcMessage(maxMessageBytes);
    this.sendWindow = sendWindow;
    this.deadlineMs = deadlineMs;
  }
}
