/** The sender's bytes are not valid OTLP. Never a fault of ours: receivers answer 400 / INVALID_ARGUMENT with its message. */
export class MalformedOtlpError extends Error {
  override readonly name = "MalformedOtlpError";
  /** Byte offset into the body that was read, where the problem was found. */
  readonly offset: number;

  constructor(message: string, offset: number, options?: ErrorOptions) {
    super(message, options);
    this.offset = offset;
  }
}
