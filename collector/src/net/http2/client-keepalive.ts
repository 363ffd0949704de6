import type { Socket } from "node:net";
import { FRAME, frame } from "./frames.js";

/** Milliseconds. */
export interface ClientKeepalive {
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly withoutCalls: boolean;
}

const PING = frame(FRAME.ping, 0, 0, Buffer.from("venturi?"));

/** Finds out that a server is gone without a word. */
export class KeepalivePings {
  readonly #timer: NodeJS.Timeout;
  #pong: NodeJS.Timeout | undefined;

  constructor(socket: Socket, options: ClientKeepalive, isBusy: () => boolean) {
    const ping = (): void => {
      if (!isBusy() && !options.withoutCalls) return;
      socket.write(PING);
      this.#pong ??= setTimeout(() => socket.destroy(), options.timeoutMs).unref();
    };
    this.#timer = setInterval(ping, Math.max(1, options.everyMs)).unref();
  }

  ponged(): void {
    clearTimeout(this.#pong);
    this.#pong = undefined;
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#pong);
  }
}
