import type { ServerStream } from "./server-stream.js";

const MAX_TIMER_MS = 0x7fff_ffff;

/** One timer for the `grpc-timeout` of all calls of a connection: those of an exporter are alike, and seldom pass. */
export class Deadlines {
  readonly #streams: { values(): Iterable<ServerStream> };
  readonly #expire: (stream: ServerStream) => void;
  #timer: NodeJS.Timeout | undefined;
  #dueMs = Number.POSITIVE_INFINITY;

  constructor(streams: { values(): Iterable<ServerStream> }, expire: (stream: ServerStream) => void) {
    this.#streams = streams;
    this.#expire = expire;
  }

  add(deadlineMs: number): void {
    if (deadlineMs >= this.#dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = deadlineMs;
    const delayMs = Math.min(MAX_TIMER_MS, Math.max(1, deadlineMs - performance.now()));
    this.#timer = setTimeout(() => this.#check(), delayMs).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #check(): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
    const nowMs = performance.now();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const stream of this.#streams.values()) {
      if (stream.deadlineMs <= nowMs) this.#expire(stream);
      else nextMs = Math.min(nextMs, stream.deadlineMs);
    }
    this.add(nextMs);
  }
}
