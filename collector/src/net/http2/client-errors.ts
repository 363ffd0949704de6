import { CODE } from "../rpc-status.js";
import { GrpcError } from "./grpc-error.js";
import { H2 } from "./http2-error.js";

/** Why an answer is not read to its end. */
export interface Rejection {
  /** What the server is told. */
  readonly reset: number;
  readonly error: GrpcError;
}

export function malformedAnswer(why: string): Rejection {
  return { reset: H2.protocolError, error: new GrpcError(CODE.internal, `Received a malformed answer: ${why}`) };
}

export function unavailable(message: string, cause?: unknown): GrpcError {
  return new GrpcError(CODE.unavailable, message, { cause });
}

export function cancelled(): GrpcError {
  return new GrpcError(CODE.cancelled, "Call cancelled");
}

/** The server has not looked at the call. */
export function refused(why = "Stream refused by server", cause?: unknown): GrpcError {
  return new GrpcError(CODE.unavailable, why, { isUnprocessed: true, cause });
}

const INADEQUATE_SECURITY = 0xc;

/** What a RST_STREAM of the server says of its call. Texts and codes are those of grpc-js. */
export function resetError(code: number): GrpcError {
  const what = `Received RST_STREAM with code ${code}`;
  switch (code) {
    case H2.noError:
      return new GrpcError(CODE.internal, `${what} (Call ended without gRPC status)`);
    case H2.internalError:
      return new GrpcError(CODE.internal, `${what} (Internal server error)`);
    case H2.refusedStream:
      return refused();
    case H2.cancel:
      return cancelled();
    case H2.enhanceYourCalm:
      return new GrpcError(CODE.resourceExhausted, "Bandwidth exhausted or memory limit exceeded");
    case INADEQUATE_SECURITY:
      return new GrpcError(CODE.permissionDenied, "Protocol not secure enough");
    default:
      return new GrpcError(CODE.internal, what);
  }
}
