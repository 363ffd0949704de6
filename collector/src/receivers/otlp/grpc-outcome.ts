import { MalformedOtlpError } from "@venturi/otlp";
import type { ComponentHost, Outcome, Refusal } from "../../component.js";
import type { Lease } from "../../lease.js";
import type { GrpcStatus } from "../../net/http2/grpc-status.js";
import { CODE, encodeRpcStatus } from "../../net/rpc-status.js";
import type { Intake } from "./intake.js";

type Status = GrpcStatus | undefined;

/** Gives a message to the pipelines. @returns how the call ends, undefined for well; does not throw or reject */
export function acceptCall(
  intake: Intake,
  message: Uint8Array,
  lease: Lease | undefined,
  host: ComponentHost,
): Status | Promise<Status> {
  try {
    const outcome = intake.accept(message, lease);
    if (!(outcome instanceof Promise)) return statusOf(outcome);
    return outcome.then(statusOf, (error: unknown) => failureOf(error, host));
  } catch (error) {
    return failureOf(error, host);
  }
}

/** The status of a call that could not be served. */
export function failureOf(error: unknown, host: ComponentHost): GrpcStatus {
  if (error instanceof MalformedOtlpError) return { code: CODE.invalidArgument, message: error.message };
  host.log.error("cannot serve a request", { error: String((error as Error)?.stack ?? error) });
  return { code: CODE.internal, message: "internal error" };
}

function statusOf(outcome: Outcome): Status {
  return outcome === undefined ? undefined : refusalStatus(outcome);
}

/** RESOURCE_EXHAUSTED is retried by OTLP clients only when RetryInfo comes with it. */
function refusalStatus(refusal: Refusal): GrpcStatus {
  const { message } = refusal;
  if (!refusal.retryable) return { code: CODE.internal, message };
  const code = refusal.reason === "queue_full" ? CODE.resourceExhausted : CODE.unavailable;
  return { code, message, details: encodeRpcStatus({ code, message, retryAfterMs: refusal.retryAfterMs ?? 1000 }) };
}
