import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Lease } from "../../lease.js";
import { type LentBody, takeBody } from "./body-slab.js";
import { type OwnBufferSocket, readIntoOwnBuffer } from "./own-buffer-socket.js";
import { type PlainHead, readPlainHead } from "./plain-head.js";
import type { Reply } from "./reply.js";

export interface PlainRequest {
  readonly path: string;
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly body: Buffer;
  /** Released by who will not look at `body` again; absent: the body is memory of its own. */
  readonly lease: Lease | undefined;
}

export interface PlainHost {
  /** Larger bodies are left to `node:http`. */
  readonly maxBodyBytes: number;
  readonly keepAliveSeconds: number;
  /** Whether requests for this path are answered here. */
  isServed(path: string): boolean;
  /** Answers a request. Does not throw and does not reject. */
  answer(request: PlainRequest): Reply | Promise<Reply>;
  /** Gives the connection to `node:http` for good; what was read of it is back in the socket. */
  handOver(socket: Socket): void;
  /** Milliseconds, monotonic. */
  now(): number;
  /** Value of the `Date` header. */
  date(): string;
  /** The connection is handed over or gone. */
  done(connection: PlainConnection): void;
}

/** Above this the bytes of a body are gathered as they come: nobody gets memory by announcing a length. */
const PREALLOCATE_BYTES = 1024 * 1024;

const NOTHING = Buffer.alloc(0);

/**
 * One client of a server that reads plain POST requests itself. Requests are answered one after the other; while one waits
 * for its answer the socket is not read, so that a client that pipelines fills its own buffers and not ours.
 */
export class PlainConnection {
  readonly #socket: Socket;
  /** Absent when bytes come as `data` events, each in memory of its own. */
  readonly #ownBuffer: OwnBufferSocket | undefined;
  readonly #host: PlainHost;
  /** Bytes not yet understood: a part of a head, or what came after a body. */
  #rest: Buffer = NOTHING;
  #head: PlainHead | undefined;
  #body: LentBody | undefined;
  #parts: Buffer[] = [];
  #bodyBytes = 0;
  #answering = false;
  #ended = false;
  #closing = false;
  #finished = false;
  /** Since when the client owes us bytes. */
  waitingSinceMs: number;

  constructor(accepted: Socket, host: PlainHost) {
    this.#host = host;
    this.waitingSinceMs = host.now();
    this.#ownBuffer = readIntoOwnBuffer(accepted, (bytes) => this.#onData(bytes));
    const socket = this.#ownBuffer?.socket ?? accepted;
    this.#socket = socket;
    socket.setNoDelay(true);
    if (this.#ownBuffer === undefined) socket.on("data", this.#onData);
    else socket.resume();
    socket.on("end", this.#onEnd);
    socket.on("error", this.#onError);
    socket.on("close", this.#onClose);
  }

  /** What the client owes: the rest of a request, or the next one; undefined while it waits for us. */
  get awaits(): "head" | "body" | "request" | undefined {
    if (this.#answering) return undefined;
    if (this.#head !== undefined) return "body";
    return this.#rest.length > 0 ? "head" : "request";
  }

  /** Answers 408 and closes. */
  timeOut(): void {
    this.#giveUp(408);
  }

  #giveUp(status: number): void {
    this.#finished = true;
    this.#socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
  }

  /** Closes now when no request is under way, else after its answer. */
  closeWhenIdle(): void {
    this.#closing = true;
    if (this.awaits === "request") this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#finished) return;
    if (this.#head !== undefined) this.#take(chunk, 0);
    else {
      if (this.awaits === "request") this.waitingSinceMs = this.#host.now();
      this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    }
    this.#next();
    if (this.#ownBuffer !== undefined && this.#rest.length > 0) this.#rest = Buffer.from(this.#rest);
  };

  /** Reads requests out of `#rest` until it is empty, incomplete, or one waits for its answer. */
  #next(): void {
    while (this.#rest.length > 0 && !this.#answering && this.#head === undefined && !this.#finished) {
      const head = readPlainHead(this.#rest, 0, this.#rest.length);
      if (head === "incomplete") return;
      if (head === "unusual" || head.contentLength > this.#host.maxBodyBytes || !this.#host.isServed(head.path)) {
        this.#handOver();
        return;
      }
      const bytes = this.#rest;
      this.#rest = NOTHING;
      this.#head = head;
      this.waitingSinceMs = this.#host.now();
      this.#take(bytes, head.end);
    }
  }

  /** Adds `chunk[from...]` to the body under way; what is beyond its end waits in `#rest`. */
  #take(chunk: Buffer, from: number): void {
    const head = this.#head as PlainHead;
    const missing = head.contentLength - this.#bodyBytes;
    const to = Math.min(chunk.length, from + missing);
    const isWhole = to - from === missing;
    if (isWhole && this.#bodyBytes === 0 && this.#ownBuffer === undefined)
      this.#body = { bytes: chunk.subarray(from, to), lease: undefined };
    else if (head.contentLength <= PREALLOCATE_BYTES) {
      this.#body ??= takeBody(head.contentLength);
      chunk.copy(this.#body.bytes, this.#bodyBytes, from, to);
    } else {
      const part = chunk.subarray(from, to);
      this.#parts.push(this.#ownBuffer === undefined ? part : Buffer.from(part));
    }
    this.#bodyBytes += to - from;
    if (to < chunk.length) this.#rest = chunk.subarray(to);
    if (!isWhole) return;
    const body = this.#body ?? { bytes: Buffer.concat(this.#parts, this.#bodyBytes), lease: undefined };
    this.#head = undefined;
    this.#body = undefined;
    this.#parts = [];
    this.#bodyBytes = 0;
    this.#serve(head, body);
  }

  #serve(head: PlainHead, { bytes, lease }: LentBody): void {
    const { path, contentType, contentEncoding } = head;
    this.#answering = true;
    const answer = this.#host.answer({ path, contentType, contentEncoding, body: bytes, lease });
    if (!(answer instanceof Promise)) {
      this.#send(answer);
      return;
    }
    this.#socket.pause();
    void answer.then((reply) => {
      this.#send(reply);
      this.#socket.resume();
      this.#next();
    });
  }

  #send(reply: Reply): void {
    this.#answering = false;
    this.waitingSinceMs = this.#host.now();
    const last = this.#closing || this.#ended;
    const retry = reply.retryAfterSeconds === undefined ? "" : `Retry-After: ${reply.retryAfterSeconds}\r\n`;
    const life = last
      ? "Connection: close\r\n"
      : `Connection: keep-alive\r\nKeep-Alive: timeout=${this.#host.keepAliveSeconds}\r\n`;
    const head = `HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status]}\r\nContent-Type: ${reply.contentType}\r\nContent-Length: ${reply.body.length}\r\n${retry}Date: ${this.#host.date()}\r\n${life}\r\n`;
    if (reply.body.length === 0) this.#socket.write(head, "latin1");
    else this.#socket.write(Buffer.concat([Buffer.from(head, "latin1"), reply.body]));
    if (last) this.#finish();
  }

  #finish(): void {
    this.#finished = true;
    this.#socket.end();
  }

  #handOver(): void {
    this.#leave();
    this.#socket.pause();
    this.#ownBuffer?.release();
    this.#socket.unshift(this.#ownBuffer === undefined ? this.#rest : Buffer.from(this.#rest));
    this.#rest = NOTHING;
    this.#host.handOver(this.#socket);
    this.#socket.resume();
  }

  readonly #onEnd = (): void => {
    this.#ended = true;
    // A request that came whole gets its answer first.
    if (this.#answering || this.#finished) return;
    if (this.awaits === "request") this.#finish();
    else this.#giveUp(400);
  };

  readonly #onError = (): void => {
    this.#socket.destroy();
  };

  readonly #onClose = (): void => {
    this.#body?.lease?.release();
    this.#body = undefined;
    this.#leave();
  };

  #leave(): void {
    this.#socket.off("data", this.#onData);
    this.#socket.off("end", this.#onEnd);
    this.#socket.off("error", this.#onError);
    this.#socket.off("close", this.#onClose);
    this.#host.done(this);
  }
}
