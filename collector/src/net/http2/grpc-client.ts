import { lookup } from "node:dns/promises";
import { CODE } from "../rpc-status.js";
import type { OutgoingMessage } from "./client-call.js";
import { ClientConnection } from "./client-connection.js";
import { refused } from "./client-errors.js";
import type { ClientKeepalive } from "./client-keepalive.js";
import { GrpcError } from "./grpc-error.js";
import { encodeHeaders } from "./hpack/hpack-encoder.js";

export interface GrpcClientOptions {
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
  /** Calls go to all addresses of the name in turn, or to the first that answers. */
  readonly balancer: "round_robin" | "pick_first";
  readonly keepalive: ClientKeepalive | undefined;
  /** Waits for a server that is not there until the call is aborted. */
  readonly waitForReady: boolean;
  /** Of every call. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly authority: string;
}

/** Calls that no server has looked at are made again at once, so often. */
const ATTEMPTS = 5;
const RECONNECT_MS = 1000;

/** Unary gRPC calls over HTTP/2 without TLS to one destination: connects when needed, and anew when a connection is gone. */
export class GrpcClient {
  readonly #options: GrpcClientOptions;
  /** By address. */
  readonly #connections = new Map<string, ClientConnection>();
  readonly #opening = new Set<ClientConnection>();
  readonly #blocks = new Map<string, Buffer>();
  #connecting: Promise<void> | undefined;
  #turn = 0;
  #isClosed = false;

  constructor(options: GrpcClientOptions) {
    this.#options = options;
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
      const connection = await this.#connection(abort);
      try {
        return await connection.call(headers, message(), abort);
      } catch (error) {
        if (!(error instanceof GrpcError) || !error.isUnprocessed || attempt === ATTEMPTS || abort.aborted) throw error;
      }
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of [...this.#connections.values(), ...this.#opening]) connection.leave();
    this.#connections.clear();
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

  async #connection(abort: AbortSignal): Promise<ClientConnection> {
    for (;;) {
      if (this.#isClosed || abort.aborted) throw new GrpcError(CODE.cancelled, "Call cancelled");
      const found = this.#pick();
      if (found !== undefined) return found;
      this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
      try {
        await untilAborted(this.#connecting, abort);
      } catch (error) {
        if (!this.#options.waitForReady || abort.aborted) throw error;
        await untilAborted(new Promise((resolve) => setTimeout(resolve, RECONNECT_MS).unref()), abort);
      }
    }
  }

  #pick(): ClientConnection | undefined {
    for (const [address, connection] of this.#connections) {
      if (!connection.isUsable) this.#connections.delete(address);
    }
    const usable = [...this.#connections.values()];
    return usable[this.#turn++ % usable.length];
  }

  /** Resolves when one address answers; the others join as they do. */
  async #connect(): Promise<void> {
    const { host, port, keepalive, balancer } = this.#options;
    let lastError: unknown;
    let addresses: string[] = [];
    try {
      addresses = (await lookup(host, { all: true })).map(({ address }) => address);
    } catch (error) {
      throw new GrpcError(CODE.unavailable, `Name resolution failed for target dns:${host}:${port}`, { cause: error });
    }
    const join = async (address: string): Promise<void> => {
      const connection = new ClientConnection(address, port, keepalive);
      this.#opening.add(connection);
      await connection.ready.finally(() => this.#opening.delete(connection));
      // Else a server that greets and breaks off would be tried again and again, without a pause.
      if (!connection.isUsable) throw connection.failure ?? refused();
      if (this.#isClosed) connection.leave();
      else this.#connections.set(address, connection);
    };
    if (balancer === "round_robin") {
      const joined = await Promise.allSettled(addresses.map(join));
      for (const one of joined) if (one.status === "rejected") lastError = one.reason;
      if (joined.some((one) => one.status === "fulfilled")) return;
    } else {
      for (const address of addresses) {
        try {
          return await join(address);
        } catch (error) {
          lastError = error;
        }
      }
    }
    const text = `No connection established. Last error: ${(lastError as Error).message}`;
    throw new GrpcError(CODE.unavailable, text, { cause: lastError });
  }
}

/** @throws GrpcError when aborted before */
async function untilAborted(wait: Promise<void>, abort: AbortSignal): Promise<void> {
  let cancel = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    cancel = () => reject(new GrpcError(CODE.cancelled, "Call cancelled"));
    abort.addEventListener("abort", cancel, { once: true });
    if (abort.aborted) cancel();
  });
  try {
    await Promise.race([wait, aborted]);
  } finally {
    abort.removeEventListener("abort", cancel);
  }
}
