import type { Socket } from "node:net";

/** Of a client that asks (PING, SETTINGS, requests) and does not read the answers: then we do not read it. */
const MAX_UNREAD_BYTES = 256 * 1024;

/** Frames of one turn leave in one write. */
export class Outbox {
  readonly #socket: Socket;
  #frames: Buffer[] = [];
  #isScheduled = false;
  #isPaused = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("drain", () => {
      if (this.#isPaused) socket.resume();
      this.#isPaused = false;
    });
  }

  /** Leaves with `flush`, at the latest at the end of this turn. */
  add(bytes: Buffer): void {
    this.#frames.push(bytes);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(() => this.flush());
  }

  flush(): void {
    this.#isScheduled = false;
    const frames = this.#frames;
    if (frames.length === 0) return;
    this.#frames = [];
    if (!this.#socket.writable) return;
    const isRoomy = this.#socket.write(frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames));
    if (isRoomy || this.#socket.writableLength < MAX_UNREAD_BYTES || this.#isPaused) return;
    this.#isPaused = true;
    this.#socket.pause();
  }
}
