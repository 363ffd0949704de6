import { lookup } from "node:dns/promises";
import { CODE } from "../rpc-status.js";
import { ClientConnection } from "./client-connection.js";
import { cancelled, refused, unavailable } from "./client-errors.js";
import type { ClientKeepalive } from "./client-keepalive.js";
import { GrpcError } from "./grpc-error.js";

export interface PoolOptions {
  /** A name or an address. */
  readonly host: string;
  readonly port: number;
  /** Calls go to all addresses of the name in turn, or to the first that answers. */
  readonly balancer: "round_robin" | "pick_first";
  readonly keepalive: ClientKeepalive | undefined;
  /** Waits for a server that is not there until the call is aborted. */
  readonly waitForReady: boolean;
  /** The addresses of a name; the system's resolver unless given. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
}

/** Between rounds of connecting; doubles while an address does not answer. */
const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 5000;
/** Between the first and the next address when the first says nothing (RFC 8305). */
const STAGGER_MS = 250;

/** Connections to the addresses of one name: made when needed, and anew when one is gone. */
export class ClientPool {
  readonly #options: PoolOptions;
  /** By address. */
  readonly #connections = new Map<string, ClientConnection>();
  readonly #opening = new Set<ClientConnection>();
  #connecting: Promise<void> | undefined;
  /** The last round left an address without a connection, or one was lost since. */
  #isIncomplete = true;
  /** Some address of the last round has not said yes or no. */
  #isRoundOpen = false;
  #failedRounds = 0;
  /** On the clock of `performance.now()`. */
  #nextRoundMs = 0;
  #lastError: GrpcError | undefined;
  #turn = 0;
  #keepalive: ClientKeepalive | undefined;
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#keepalive = options.keepalive;
  }

  /** @throws GrpcError */
  async connection(abort: AbortSignal): Promise<ClientConnection> {
    for (;;) {
      if (this.#isClosed || abort.aborted) throw cancelled();
      const found = this.#pick();
      const waitMs = this.#nextRoundMs - performance.now();
      if (found !== undefined) {
        if (this.#isIncomplete && !this.#isRoundOpen && waitMs <= 0) void this.#connect().catch(() => undefined);
        return found;
      }
      try {
        if (waitMs > 0 && this.#connecting === undefined && this.#lastError !== undefined) throw this.#lastError;
        await untilAborted(this.#connect(), abort);
      } catch (error) {
        if (!this.#options.waitForReady || abort.aborted) throw error;
        await untilAborted(sleep(Math.max(1, this.#nextRoundMs - performance.now())), abort);
      }
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const connection of [...this.#connections.values(), ...this.#opening]) connection.leave();
    this.#connections.clear();
  }

  #pick(): ClientConnection | undefined {
    for (const [address, connection] of this.#connections) {
      if (connection.isUsable) continue;
      this.#connections.delete(address);
      this.#isIncomplete = true;
    }
    const usable = [...this.#connections.values()];
    return usable[this.#turn++ % usable.length];
  }

  #connect(): Promise<void> {
    this.#connecting ??= this.#round().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  /** Resolves when one address answers; the others join as they do. */
  async #round(): Promise<void> {
    let joining: readonly Promise<void>[] = [];
    this.#isRoundOpen = true;
    try {
      joining = this.#joinAll(await this.#resolve());
      await Promise.any(joining);
      void this.#note(joining);
    } catch (error) {
      await this.#note(joining);
      this.#lastError = error instanceof GrpcError ? error : noConnection(error as AggregateError);
      throw this.#lastError;
    }
  }

  async #note(joining: readonly Promise<void>[]): Promise<void> {
    const joined = await Promise.allSettled(joining);
    this.#isRoundOpen = false;
    const isWhole = joined.length > 0 && joined.every((one) => one.status === "fulfilled");
    this.#isIncomplete = !isWhole;
    this.#failedRounds = isWhole ? 0 : this.#failedRounds + 1;
    const waitMs = isWhole ? 0 : Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failedRounds - 1));
    this.#nextRoundMs = performance.now() + waitMs * (0.8 + Math.random() * 0.4);
  }

  async #resolve(): Promise<string[]> {
    const { host, port, resolve = lookUp } = this.#options;
    try {
      return [...new Set(await resolve(host))];
    } catch (error) {
      throw unavailable(`Name resolution failed for target dns:${host}:${port}`, error);
    }
  }

  #joinAll(addresses: readonly string[]): readonly Promise<void>[] {
    const join = (address: string): Promise<void> => this.#join(address);
    if (this.#options.balancer === "round_robin") return addresses.map(join);
    let turn = Promise.resolve();
    return addresses.map((address) => {
      const joined = turn.then(() => join(address));
      const settled = joined.catch(() => undefined);
      turn = turn.then(() => Promise.race([settled, sleep(STAGGER_MS)]));
      return joined;
    });
  }

  async #join(address: string): Promise<void> {
    if (this.#connections.get(address)?.isUsable === true || this.#isServed) return;
    const connection = new ClientConnection({
      host: address,
      port: this.#options.port,
      keepalive: this.#keepalive,
      onTooManyPings: () => this.#pingLess(),
    });
    this.#opening.add(connection);
    await connection.ready.finally(() => this.#opening.delete(connection));
    // Else a server that greets and breaks off would be tried again and again, without a pause.
    if (!connection.isUsable) throw connection.failure ?? refused();
    if (this.#isClosed || this.#isServed) connection.leave();
    else this.#connections.set(address, connection);
  }

  /** One connection is all that `pick_first` wants. */
  get #isServed(): boolean {
    return this.#options.balancer === "pick_first" && [...this.#connections.values()].some((one) => one.isUsable);
  }

  /** As other gRPC clients do. */
  #pingLess(): void {
    if (this.#keepalive !== undefined) this.#keepalive = { ...this.#keepalive, everyMs: this.#keepalive.everyMs * 2 };
  }
}

async function lookUp(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

function noConnection({ errors }: AggregateError): GrpcError {
  const last: unknown = errors.at(-1);
  const text = last instanceof Error ? last.message : String(last);
  return new GrpcError(CODE.unavailable, `No connection established. Last error: ${text}`, { cause: last });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

/** @throws GrpcError when aborted before */
async function untilAborted(wait: Promise<void>, abort: AbortSignal): Promise<void> {
  let cancel = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    cancel = () => reject(cancelled());
    abort.addEventListener("abort", cancel, { once: true });
    if (abort.aborted) cancel();
  });
  try {
    await Promise.race([wait, aborted]);
  } finally {
    abort.removeEventListener("abort", cancel);
  }
}
