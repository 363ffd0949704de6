import type { Socket } from "node:net";
import { FRAME, frame } from "./frames.js";

/** Milliseconds. */
export interface ClientKeepalive {
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly withoutCalls: boolean;
}

const PING = frame(FRAME.ping, 0, 0, Buffer.from("venturi?"));
const MAX_TIMER_MS = 0x7fff_ffff;

/** Finds out that a server is gone without a word. */
export class KeepalivePings {
  readonly #timer: NodeJS.Timeout;
  #pong: NodeJS.Timeout | undefined;

  constructor(socket: Socket, options: ClientKeepalive, isBusy: () => boolean) {
    const giveUp = (): void => void socket.destroy(new Error("no answer to a keepalive ping"));
    const ping = (): void => {
      if (this.#pong !== undefined || (!isBusy() && !options.withoutCalls)) return;
      socket.write(PING);
      this.#pong = setTimeout(giveUp, timerMs(options.timeoutMs)).unref();
    };
    this.#timer = setInterval(ping, timerMs(options.everyMs)).unref();
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

/** Longer timers fire at once. */
function timerMs(ms: number): number {
  return Math.min(MAX_TIMER_MS, Math.max(1, ms));
}
