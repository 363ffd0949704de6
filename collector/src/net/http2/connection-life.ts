/** Milliseconds; undefined or 0: for ever. Options of the Collector's `keepalive::server_parameters`. */
export interface LifeOptions {
  readonly maxIdleMs?: number | undefined;
  readonly maxAgeMs?: number | undefined;
  readonly maxAgeGraceMs?: number | undefined;
  readonly pingEveryMs?: number | undefined;
  readonly pingTimeoutMs?: number | undefined;
}

export interface Mortal {
  /** Takes no new calls, ends when those under way have ended. */
  drain(why: string): void;
  ping(): void;
  destroy(): void;
}

/** What gRPC servers wait for a client to begin. */
const HANDSHAKE_MS = 120_000;
const PING_TIMEOUT_MS = 20_000;
const MAX_TIMER_MS = 0x7fff_ffff;

/** The timers of one connection; all are optional but the first. */
export class ConnectionLife {
  readonly #options: LifeOptions;
  readonly #connection: Mortal;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(options: LifeOptions, connection: Mortal) {
    this.#options = options;
    this.#connection = connection;
    this.#after("handshake", HANDSHAKE_MS, () => connection.destroy());
    this.becameIdle();
    // Clients that came together should not have to come again together.
    const jitter = 0.9 + Math.random() * 0.2;
    this.#after("age", options.maxAgeMs === undefined ? undefined : options.maxAgeMs * jitter, () => {
      connection.drain("max_age");
      this.#after("grace", options.maxAgeGraceMs, () => connection.destroy());
    });
    this.#pingLater();
  }

  began(): void {
    this.#cancel("handshake");
  }

  becameIdle(): void {
    this.#after("idle", this.#options.maxIdleMs, () => this.#connection.drain("max_idle"));
  }

  becameBusy(): void {
    if (this.#timers.size > 0) this.#cancel("idle");
  }

  ponged(): void {
    this.#cancel("pong");
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #pingLater(): void {
    this.#after("ping", this.#options.pingEveryMs, () => {
      this.#connection.ping();
      if (!this.#timers.has("pong")) {
        this.#after("pong", this.#options.pingTimeoutMs || PING_TIMEOUT_MS, () => this.#connection.destroy());
      }
      this.#pingLater();
    });
  }

  #after(name: string, ms: number | undefined, act: () => void): void {
    this.#cancel(name);
    if (ms === undefined || ms === 0) return;
    const fire = (): void => {
      this.#timers.delete(name);
      act();
    };
    this.#timers.set(name, setTimeout(fire, Math.min(MAX_TIMER_MS, ms)).unref());
  }

  #cancel(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}
