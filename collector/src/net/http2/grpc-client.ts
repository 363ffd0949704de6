import type { OutgoingMessage } from "./client-call.js";
import { ClientPool, type PoolOptions } from "./client-pool.js";
import { GrpcError } from "./grpc-error.js";
import { encodeHeaders } from "./hpack/hpack-encoder.js";

export interface GrpcClientOptions extends PoolOptions {
  /** Of every call. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly authority: string;
}

/** Calls that no server has looked at are made again at once, so often. */
const ATTEMPTS = 5;

/** Unary gRPC calls over HTTP/2 without TLS to one destination. */
export class GrpcClient {
  readonly #options: GrpcClientOptions;
  readonly #pool: ClientPool;
  /** Encoded headers, by path and encoding. */
  readonly #blocks = new Map<string, Buffer>();

  constructor(options: GrpcClientOptions) {
    this.#options = options;
    this.#pool = new ClientPool(options);
  }

  /** `encoding` is that of a compressed message, `message` is asked for each attempt. @returns the message of the answer. @throws GrpcError */
  async call(
    path: string,
    encoding: string | undefined,
    message: () => OutgoingMessage,
    abort: AbortSignal,
  ): Promise<Buffer> {
    const headers = this.#headersOf(path, encoding);
    for (let attempt = 1; ; attempt++) {
      const connection = await this.#pool.connection(abort);
      try {
        return await connection.call(headers, message(), abort);
      } catch (error) {
        if (!(error instanceof GrpcError) || !error.isUnprocessed || attempt === ATTEMPTS || abort.aborted) throw error;
      }
    }
  }

  close(): void {
    this.#pool.close();
  }

  #headersOf(path: string, encoding: string | undefined): Buffer {
    const key = `${path} ${encoding}`;
    let block = this.#blocks.get(key);
    if (block === undefined) {
      block = encodeHeaders([
        [":method", "POST"],
        [":scheme", "http"],
        [":path", path],
        [":authority", this.#options.authority],
        ["te", "trailers"],
        ["content-type", "application/grpc"],
        ...(encoding === undefined ? [] : [["grpc-encoding", encoding] as const]),
        ["grpc-accept-encoding", "identity,deflate,gzip"],
        ...this.#options.headers,
      ]);
      this.#blocks.set(key, block);
    }
    return block;
  }
}
