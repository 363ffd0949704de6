import { ExportError } from "../../export/export-error.js";
import type { GrpcStatus } from "../../net/http2/grpc-status.js";
import { CODE, codeName, decodeRpcStatus } from "../../net/rpc-status.js";

const RETRYABLE: ReadonlySet<number> = new Set([
  CODE.cancelled,
  CODE.deadlineExceeded,
  CODE.aborted,
  CODE.outOfRange,
  CODE.unavailable,
  CODE.dataLoss,
]);

/** What a call that failed means for its batch. `cause` is the client's error. */
export function toExportError(status: GrpcStatus, cause: Error, endpoint: string, abort: AbortSignal): ExportError {
  const retryAfterMs = status.details === undefined ? undefined : decodeRpcStatus(status.details)?.retryAfterMs;
  const why = abort.aborted && abort.reason instanceof Error ? abort.reason.message : status.message || cause.message;
  const retryable =
    RETRYABLE.has(status.code) || (status.code === CODE.resourceExhausted && retryAfterMs !== undefined);
  const message = `cannot send to ${endpoint}: rpc error: code = ${codeName(status.code)} desc = ${why}`;
  return new ExportError(message, { retryable, retryAfterMs, cause });
}
