import { INFLATERS, isTooLarge } from "../encodings/inflate.js";
import { type LentBody, takeBody } from "../http1/body-slab.js";
import { CODE } from "../rpc-status.js";
import { GrpcError } from "./grpc-error.js";
import type { GrpcStatus } from "./grpc-status.js";

/** Flag and length before each message. */
export const PREFIX_BYTES = 5;
/** Above this memory follows the bytes that came: nobody gets it by announcing a length. */
const PREALLOCATE_BYTES = 1024 * 1024;

/** The one message of a unary call, gathered in one piece of memory as its bytes come. */
export class GrpcMessage {
  readonly #maxBytes: number;
  #prefixBytes = 0;
  #length = 0;
  #filled = 0;
  #body: LentBody | undefined;
  isCompressed = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isWhole(): boolean {
    return this.#body !== undefined && this.#filled === this.#length;
  }

  /** Adds `bytes[from...to]`. @returns why the call ends */
  add(bytes: Buffer, from: number, to: number): GrpcStatus | undefined {
    let at = from;
    while (at < to && this.#prefixBytes < PREFIX_BYTES) {
      const byte = bytes[at++] as number;
      if (this.#prefixBytes === 0) {
        if (byte > 1) return { code: CODE.internal, message: `Received message with unknown flags ${byte}` };
        this.isCompressed = byte === 1;
      } else this.#length = this.#length * 256 + byte;
      if (++this.#prefixBytes < PREFIX_BYTES) continue;
      if (this.#length > this.#maxBytes) {
        const message = `Received message larger than max (${this.#length} vs ${this.#maxBytes})`;
        return { code: CODE.resourceExhausted, message };
      }
      this.#body = takeBody(Math.min(this.#length, PREALLOCATE_BYTES));
    }
    if (at === to) return undefined;
    const end = this.#filled + to - at;
    if (end > this.#length)
      return { code: CODE.unimplemented, message: "Received a second message for a unary method" };
    this.#room(end).bytes.set(bytes.subarray(at, to), this.#filled);
    this.#filled = end;
    return undefined;
  }

  #room(bytes: number): LentBody {
    const body = this.#body as LentBody;
    if (bytes <= body.bytes.length) return body;
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#length, Math.max(bytes, body.bytes.length * 2)));
    grown.set(body.bytes.subarray(0, this.#filled));
    this.#body = { bytes: grown, lease: undefined };
    return this.#body;
  }

  /** The whole message; its memory is the caller's from now on. */
  take(): LentBody {
    const body = this.#body as LentBody;
    this.#body = undefined;
    return body;
  }

  /** Nobody wants it any more. */
  drop(): void {
    this.#body?.lease?.release();
    this.#body = undefined;
  }
}

/** By `grpc-encoding`. What gRPC calls snappy is its framing format, as go-grpc-compression has it. */
const ENCODINGS: Readonly<Record<string, string>> = {
  gzip: "gzip",
  deflate: "deflate",
  zstd: "zstd",
  snappy: "x-snappy-framed",
};

/** For `grpc-accept-encoding`. */
export const ACCEPTED_ENCODINGS: string = ["identity", ...Object.keys(ENCODINGS)].join(",");

/** @throws GrpcError for an unknown encoding, a corrupt message, or one that is larger than `maxBytes` */
export async function inflateMessage(encoding: string | undefined, message: Buffer, maxBytes: number): Promise<Buffer> {
  if (encoding === undefined || encoding === "identity") return message;
  const inflate = INFLATERS.get(Object.hasOwn(ENCODINGS, encoding) ? (ENCODINGS[encoding] as string) : "");
  if (inflate === undefined) {
    throw new GrpcError(CODE.unimplemented, `Received message compressed with unsupported encoding "${encoding}"`);
  }
  try {
    return await inflate(message, maxBytes);
  } catch (error) {
    if (isTooLarge(error)) {
      const why = `Received message that decompresses to a size larger than ${maxBytes}`;
      throw new GrpcError(CODE.resourceExhausted, why, { cause: error });
    }
    throw new GrpcError(CODE.internal, "Failed to decompress message", { cause: error });
  }
}
