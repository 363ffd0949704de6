import { FRAME } from "./frames.js";
import { ConnectionError, H2 } from "./http2-error.js";

/** @throws ConnectionError */
export function expectSize(payload: Buffer, bytes: number): void {
  if (payload.length !== bytes) throw new ConnectionError(H2.frameSizeError, `frame of ${payload.length} bytes`);
}

/** Of a frame that is about the connection. @throws ConnectionError */
export function expectNoStream(streamId: number, name: string): void {
  if (streamId !== 0) throw new ConnectionError(H2.protocolError, `${name} on a stream`);
}

/** @throws ConnectionError */
export function checkGoaway(streamId: number, payload: Buffer): void {
  expectNoStream(streamId, "GOAWAY");
  if (payload.length < 8) throw new ConnectionError(H2.frameSizeError, "GOAWAY frame is cut");
}

/** @throws ConnectionError */
export function checkPriority(streamId: number, payload: Buffer): void {
  if (streamId === 0) throw new ConnectionError(H2.protocolError, "PRIORITY without a stream");
  expectSize(payload, 5);
}

/** A header block is HEADERS and its CONTINUATIONs with nothing between; `open` is whose is under way, 0: none. @throws ConnectionError */
export function checkBlockOrder(type: number, streamId: number, open: number): void {
  const isContinuation = type === FRAME.continuation;
  if (isContinuation !== (open !== 0) || (isContinuation && streamId !== open)) {
    throw new ConnectionError(H2.protocolError, "header block is interrupted");
  }
}
