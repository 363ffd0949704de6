import { FLAG, FRAME, frame, HEAD_BYTES, writeFrameHead } from "./frames.js";
import { ACCEPTED_ENCODINGS, PREFIX_BYTES } from "./grpc-message.js";
import type { GrpcStatus } from "./grpc-status.js";
import { encodeHeaders } from "./hpack/hpack-encoder.js";

const CONTENT_TYPE = ["content-type", "application/grpc+proto"] as const;

const HEADERS = encodeHeaders([
  [":status", "200"],
  CONTENT_TYPE,
  ["grpc-accept-encoding", ACCEPTED_ENCODINGS],
  ["grpc-encoding", "identity"],
]);
const TRAILERS = encodeHeaders([
  ["grpc-status", "0"],
  ["grpc-message", "OK"],
]);
/** A message without bytes: an Export*ServiceResponse that has nothing to say. All zeros. */
export const EMPTY_MESSAGE_BYTES: number = PREFIX_BYTES;

/** Headers of a call that succeeded; its message and `trailersOf` follow. */
export function headersOf(streamId: number): Buffer {
  return frame(FRAME.headers, FLAG.endHeaders, streamId, HEADERS);
}

/** The first `bytes` that are left of the empty message. */
export function messagePart(streamId: number, bytes: number): Buffer {
  return frame(FRAME.data, 0, streamId, Buffer.alloc(bytes));
}

export function trailersOf(streamId: number): Buffer {
  return frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, streamId, TRAILERS);
}

const MESSAGE_AT = HEAD_BYTES + HEADERS.length;
const TRAILERS_AT = MESSAGE_AT + HEAD_BYTES + EMPTY_MESSAGE_BYTES;
const SUCCESS: Buffer = Buffer.concat([headersOf(0), messagePart(0, EMPTY_MESSAGE_BYTES), trailersOf(0)]);
/** Headers, empty message and trailers as one piece of this length. */
export const SUCCESS_BYTES: number = SUCCESS.length;

export function writeSuccess(to: Buffer, at: number, streamId: number): void {
  to.set(SUCCESS, at);
  writeFrameHead(to, at, HEADERS.length, FRAME.headers, FLAG.endHeaders, streamId);
  writeFrameHead(to, at + MESSAGE_AT, EMPTY_MESSAGE_BYTES, FRAME.data, 0, streamId);
  writeFrameHead(to, at + TRAILERS_AT, TRAILERS.length, FRAME.headers, FLAG.endHeaders | FLAG.endStream, streamId);
}

/** A call that failed: one block of headers that is trailers too. */
export function failure(streamId: number, status: GrpcStatus): Buffer {
  const details: [string, string][] =
    status.details === undefined ? [] : [["grpc-status-details-bin", base64(status.details)]];
  const block = encodeHeaders([
    [":status", "200"],
    CONTENT_TYPE,
    ["grpc-status", String(status.code)],
    ["grpc-message", percentEncode(status.message.slice(0, MAX_MESSAGE_CHARS))],
    ...details,
  ]);
  return frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, streamId, block);
}

/** So that the block fits its frame: a character becomes 9 bytes at most. */
const MAX_MESSAGE_CHARS = 1000;

export function unsupportedMediaType(streamId: number): Buffer {
  return frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, streamId, encodeHeaders([[":status", "415"]]));
}

/** gRPC over HTTP2: all but printable ASCII, and the percent sign itself. */
function percentEncode(text: string): string {
  let encoded = "";
  for (const byte of Buffer.from(text)) {
    encoded +=
      byte >= 0x20 && byte <= 0x7e && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** Without padding, as gRPC wants it to be sent. */
function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64").replace(/=+$/, "");
}
