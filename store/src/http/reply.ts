/** Text or bytes as they are made: an answer of many megabytes is never in memory as a whole. */
export type BodyStream = AsyncIterable<string | Uint8Array>;

/** A complete HTTP answer; handlers return one and never touch the socket. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | BodyStream;
}

/** An error that the client caused and may read. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

export function jsonReply(status: number, value: unknown): Reply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

/** JSON text that is written in pieces. */
export function jsonTextReply(status: number, pieces: Iterable<string> | AsyncIterable<string>): Reply {
  return { status, headers: { "content-type": "application/json" }, body: inChunks(pieces) };
}

export function textReply(status: number, text: string): Reply {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body: text };
}

export const notFoundReply: Reply = textReply(404, "404 page not found\n");
export const wrongMethodReply: Reply = textReply(405, "Method Not Allowed\n");

/** The answer to a method that a path does not have, with those it has. */
export function wrongMethod(methods: readonly string[]): Reply {
  const allow = [...methods, "OPTIONS"].sort().join(", ");
  return { ...wrongMethodReply, headers: { ...wrongMethodReply.headers, allow } };
}

const chunkLength = 64 * 1024;

/** Joins small pieces, and gives way to other work between two chunks. */
async function* inChunks(pieces: Iterable<string> | AsyncIterable<string>): BodyStream {
  let chunk = "";
  for await (const piece of pieces) {
    chunk += piece;
    if (chunk.length < chunkLength) continue;
    yield chunk;
    chunk = "";
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  if (chunk !== "") yield chunk;
}
