import type { Batch } from "../model/batch.js";
import type { Signal } from "../model/signal.js";

/** Checks an Export*ServiceRequest in one scan and wraps it without copying. @throws MalformedOtlpError */
export function readBatch(_signal: Signal, _bytes: Uint8Array): Batch {
  throw new Error("not built yet");
}
