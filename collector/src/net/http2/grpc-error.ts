import type { GrpcStatus } from "./grpc-status.js";

interface GrpcErrorOptions extends ErrorOptions {
  /** google.rpc.Status of `grpc-status-details-bin`. */
  readonly details?: Uint8Array;
  /** The server has not looked at the call: it may be made again at once. */
  readonly isUnprocessed?: boolean;
}

/** Why a call failed; `status` is what gRPC says of it. */
export class GrpcError extends Error {
  override readonly name = "GrpcError";
  readonly status: GrpcStatus;
  readonly isUnprocessed: boolean;
  constructor(code: number, message: string, { details, isUnprocessed = false, ...options }: GrpcErrorOptions = {}) {
    super(message, options);
    this.status = { code, message, ...(details === undefined ? {} : { details }) };
    this.isUnprocessed = isUnprocessed;
  }
}
