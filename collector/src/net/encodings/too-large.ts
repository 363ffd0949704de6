/** An inflated body is larger than it may be. The code is node:zlib's for the same. */
export class TooLargeError extends Error {
  override readonly name = "TooLargeError";
  readonly code = "ERR_BUFFER_TOO_LARGE";
  constructor(maxBytes: number) {
    super(`larger than ${maxBytes} bytes when decompressed`);
  }
}
