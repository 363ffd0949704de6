import type { Refusal } from "../component.js";

/** What a queue answers to a batch that it does not take. */

export const SHUT_DOWN: Refusal = {
  reason: "shutdown",
  message: "the collector is shutting down",
  retryable: true,
  retryAfterMs: 1000,
};

export const QUEUE_FULL: Refusal = {
  reason: "queue_full",
  message: "sending queue is full",
  retryable: true,
  retryAfterMs: 1000,
};

export const TOO_LARGE: Refusal = {
  reason: "queue_full",
  message: "element size too large: the batch alone is larger than sending_queue::queue_size",
  retryable: false,
};

export function storageFailed(error: unknown): Refusal {
  return {
    reason: "storage_failed",
    message: `cannot write to the persistent queue: ${(error as Error).message}`,
    retryable: true,
    retryAfterMs: 1000,
  };
}
