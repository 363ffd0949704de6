/** What an HTTP request is answered with, before it is bytes of one server or the other. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Seconds of a `Retry-After` header. */
  readonly retryAfterSeconds?: number;
}

const NO_BODY = new Uint8Array(0);

export function emptyReply(status: number, contentType: string): Reply {
  return { status, contentType, body: NO_BODY };
}
