import { Cursor, LEN, MalformedOtlpError, VARINT } from "@venturi/otlp";
import { DELIVERED, type PushResult } from "./delivery.js";

/**
 * Reads the partial success of an Export*ServiceResponse. An answer that cannot be read is a success all the same: the
 * status said so.
 */
export function partialSuccess(body: Uint8Array, contentType: string): PushResult {
  if (body.length === 0) return DELIVERED;
  if (contentType.startsWith("application/json")) return fromJson(body);
  if (!contentType.startsWith("application/x-protobuf") && contentType !== "") return DELIVERED;
  try {
    const cursor = new Cursor(body);
    while (cursor.next()) {
      if (cursor.field === 1 && cursor.wireType === LEN) return fromProtobuf(cursor.subarray());
      cursor.skip();
    }
  } catch (error) {
    if (!(error instanceof MalformedOtlpError)) throw error;
  }
  return DELIVERED;
}

function fromProtobuf(bytes: Uint8Array): PushResult {
  const cursor = new Cursor(bytes);
  let rejected = 0;
  let message = "";
  while (cursor.next()) {
    if (cursor.field === 1 && cursor.wireType === VARINT) rejected = Number(cursor.uint64());
    else if (cursor.field === 2 && cursor.wireType === LEN) message = cursor.string();
    else cursor.skip();
  }
  return { rejected, message };
}

function fromJson(body: Uint8Array): PushResult {
  let answer: unknown;
  try {
    answer = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch {
    return DELIVERED;
  }
  const partial = (answer as { partialSuccess?: Record<string, unknown> } | null)?.partialSuccess ?? {};
  const rejected = partial.rejectedSpans ?? partial.rejectedDataPoints ?? partial.rejectedLogRecords ?? 0;
  return { rejected: Number(rejected) || 0, message: String(partial.errorMessage ?? "") };
}
