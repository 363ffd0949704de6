import { Cursor, LEN, MalformedOtlpError, VARINT, Writer } from "@venturi/otlp";

/** google.rpc.Code. */
export const CODE = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

const NAMES = new Map<number, string>(
  Object.entries(CODE).map(([name, code]) => [code, name.replace(/[A-Z]/g, "_$&").toUpperCase()]),
);

/** As it is written in the messages of gRPC: `DEADLINE_EXCEEDED`. */
export function codeName(code: number): string {
  return NAMES.get(code) ?? String(code);
}

export interface RpcStatus {
  readonly code: number;
  readonly message: string;
  readonly retryAfterMs?: number;
}

const RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo";

/** google.rpc.Status, with RetryInfo when `retryAfterMs` is given. */
export function encodeRpcStatus(status: RpcStatus): Uint8Array {
  const writer = new Writer(128);
  if (status.code !== 0) writer.uint32Field(1, status.code);
  if (status.message !== "") writer.stringField(2, status.message);
  if (status.retryAfterMs !== undefined) {
    const detail = new Writer(64);
    detail.stringField(1, RETRY_INFO);
    detail.bytesField(2, encodeRetryInfo(status.retryAfterMs));
    writer.bytesField(3, detail.finish());
  }
  return writer.finish();
}

function encodeRetryInfo(retryAfterMs: number): Uint8Array {
  const duration = new Writer(16);
  duration.uint32Field(1, Math.floor(retryAfterMs / 1000));
  duration.uint32Field(2, Math.round((retryAfterMs % 1000) * 1e6));
  const info = new Writer(16);
  info.bytesField(1, duration.finish());
  return info.finish();
}

/** Reads what a server says about a failure. Undefined when the bytes are no google.rpc.Status. */
export function decodeRpcStatus(bytes: Uint8Array): RpcStatus | undefined {
  try {
    const cursor = new Cursor(bytes);
    let code = 0;
    let message = "";
    let retryAfterMs: number | undefined;
    while (cursor.next()) {
      if (cursor.field === 1 && cursor.wireType === VARINT) code = cursor.uint32();
      else if (cursor.field === 2 && cursor.wireType === LEN) message = cursor.string();
      else if (cursor.field === 3 && cursor.wireType === LEN)
        retryAfterMs = decodeDetail(cursor.subarray()) ?? retryAfterMs;
      else cursor.skip();
    }
    return { code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  } catch (error) {
    if (error instanceof MalformedOtlpError) return undefined;
    throw error;
  }
}

/** The delay of a RetryInfo inside an Any; undefined for another type of detail. */
function decodeDetail(any: Uint8Array): number | undefined {
  const cursor = new Cursor(any);
  let type = "";
  let value: Uint8Array = new Uint8Array(0);
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wireType === LEN) type = cursor.string();
    else if (cursor.field === 2 && cursor.wireType === LEN) value = cursor.subarray();
    else cursor.skip();
  }
  if (type !== RETRY_INFO) return undefined;
  const info = new Cursor(value);
  let retryAfterMs = 0;
  while (info.next()) {
    if (info.field === 1 && info.wireType === LEN) retryAfterMs = decodeDuration(info.subarray());
    else info.skip();
  }
  return retryAfterMs;
}

function decodeDuration(bytes: Uint8Array): number {
  const cursor = new Cursor(bytes);
  let milliseconds = 0;
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wireType === VARINT) milliseconds += cursor.uint32() * 1000;
    else if (cursor.field === 2 && cursor.wireType === VARINT) milliseconds += cursor.uint32() / 1e6;
    else cursor.skip();
  }
  return milliseconds;
}
