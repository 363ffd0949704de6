import { jsonToProtobuf, MalformedOtlpError, type Signal } from "@venturi/otlp";
import type { Outcome, Refusal } from "../../component.js";
import type { Lease } from "../../lease.js";
import { BodyError } from "../../net/http-body.js";
import { emptyReply, type Reply } from "../../net/http1/reply.js";
import { CODE, encodeRpcStatus } from "../../net/rpc-status.js";
import type { Intake } from "./intake.js";

const PROTOBUF = "application/x-protobuf";
const JSON_TYPE = "application/json";
export type ContentType = typeof PROTOBUF | typeof JSON_TYPE;

const SUCCESS: Readonly<Record<ContentType, Reply>> = {
  [PROTOBUF]: emptyReply(200, PROTOBUF),
  [JSON_TYPE]: { status: 200, contentType: JSON_TYPE, body: Buffer.from('{"partialSuccess":{}}') },
};

export const UNSUPPORTED_TYPE: Reply = textReply(
  415,
  `415 unsupported media type, supported: [${JSON_TYPE}, ${PROTOBUF}]`,
);

/** @returns undefined for a type that OTLP/HTTP does not have. */
export function contentTypeOf(header: string | undefined): ContentType | undefined {
  if (header === PROTOBUF || header === JSON_TYPE) return header;
  const type = header?.split(";", 1)[0]?.trim().toLowerCase();
  return type === PROTOBUF || type === JSON_TYPE ? type : undefined;
}

/** Gives an inflated body, which nobody else reads, to the pipelines and says what the client is told. */
export function answerBody(
  signal: Signal,
  intake: Intake,
  type: ContentType,
  body: Uint8Array,
  lease?: Lease,
): Reply | Promise<Reply> {
  try {
    const outcome = type === JSON_TYPE ? intake.accept(transcode(signal, body, lease)) : intake.accept(body, lease);
    if (!(outcome instanceof Promise)) return outcomeReply(type, outcome);
    return outcome.then(
      (settled) => outcomeReply(type, settled),
      (error: unknown) => errorReply(type, error),
    );
  } catch (error) {
    return errorReply(type, error);
  }
}

function transcode(signal: Signal, json: Uint8Array, lease: Lease | undefined): Uint8Array {
  const protobuf = jsonToProtobuf(signal, json);
  lease?.release();
  return protobuf;
}

/** @throws what is no fault of the client */
export function errorReply(type: ContentType, error: unknown): Reply {
  if (error instanceof MalformedOtlpError) return statusReply(type, 400, CODE.invalidArgument, error.message);
  if (error instanceof BodyError) return statusReply(type, error.status, CODE.invalidArgument, error.message);
  throw error;
}

export function statusReply(type: ContentType, status: number, code: number, message: string): Reply {
  const body = type === JSON_TYPE ? Buffer.from(JSON.stringify({ code, message })) : encodeRpcStatus({ code, message });
  return { status, contentType: type, body };
}

export function internalReply(type: ContentType): Reply {
  return statusReply(type, 500, CODE.internal, "internal error");
}

export function textReply(status: number, text: string, contentType = "text/plain"): Reply {
  return { status, contentType, body: Buffer.from(text) };
}

function outcomeReply(type: ContentType, outcome: Outcome): Reply {
  return outcome === undefined ? SUCCESS[type] : refusalReply(type, outcome);
}

/** A full queue asks this sender to slow down (429); anything else says that the collector cannot take data now (503). */
function refusalReply(type: ContentType, refusal: Refusal): Reply {
  if (!refusal.retryable) return statusReply(type, 500, CODE.internal, refusal.message);
  const full = refusal.reason === "queue_full";
  const reply = statusReply(type, full ? 429 : 503, full ? CODE.resourceExhausted : CODE.unavailable, refusal.message);
  return { ...reply, retryAfterSeconds: Math.max(1, Math.ceil((refusal.retryAfterMs ?? 1000) / 1000)) };
}
