/** A batch could not be delivered. */
export class ExportError extends Error {
  override readonly name = "ExportError";
  /** Whether the destination may accept the same batch later. */
  readonly retryable: boolean;
  /** What the destination asked for (`Retry-After`, gRPC RetryInfo). */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: { retryable: boolean; retryAfterMs?: number | undefined; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.retryable = options.retryable;
    this.retryAfterMs = options.retryAfterMs;
  }
}
