import type { Batch } from "../model/batch.js";
import type { Signal } from "../model/signal.js";
import { REQUESTS } from "../schema/requests.js";
import { Cursor, LEN } from "./cursor.js";
import { validateMessage } from "./validate.js";
import { FastValidator } from "./wasm/fast-validate.js";

/**
 * Checks an Export*ServiceRequest in one scan and wraps it without copying: the batch aliases `request`.
 * Checked are bounds, varints, wire types of known fields, id lengths (16 and 8, or empty), UTF-8 of strings and
 * nesting (100 levels). Unknown fields stay where they are, except beside the resources: the request itself has none.
 * @throws MalformedOtlpError
 */
export function readBatch(signal: Signal, request: Uint8Array): Batch {
  // A Node.js Buffer overrides slice() to alias its memory; downstream, slice() must mean a copy.
  const bytes = Buffer.isBuffer(request)
    ? new Uint8Array(request.buffer, request.byteOffset, request.byteLength)
    : request;
  const itemCount =
    FastValidator.shared()?.validate(REQUESTS[signal], bytes) ??
    validateMessage(REQUESTS[signal], bytes, 0, bytes.length);
  const slices = resourceRecords(bytes);
  let byteLength = 0;
  for (const slice of slices) byteLength += slice.length;
  return { signal, slices, itemCount, byteLength };
}

/** Runs of field-1 records: a single slice unless unknown fields lie between. */
function resourceRecords(bytes: Uint8Array): Uint8Array[] {
  const slices: Uint8Array[] = [];
  const cursor = new Cursor(bytes);
  let runStart = 0;
  for (let fieldStart = 0; cursor.next(); fieldStart = cursor.offset) {
    const isResource = cursor.field === 1 && cursor.wireType === LEN;
    cursor.skip();
    if (isResource) continue;
    if (fieldStart > runStart) slices.push(bytes.subarray(runStart, fieldStart));
    runStart = cursor.offset;
  }
  if (runStart === 0 && bytes.length > 0) return [bytes];
  if (bytes.length > runStart) slices.push(bytes.subarray(runStart));
  return slices;
}
