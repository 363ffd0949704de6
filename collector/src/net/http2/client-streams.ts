import type { Socket } from "node:net";
import type { ClientCall } from "./client-call.js";
import { writeData } from "./client-data.js";
import { cancelled, type Rejection, refused, resetError } from "./client-errors.js";
import { DEFAULT_WINDOW, FLAG, FRAME, frame, MAX_WINDOW, numberFrame } from "./frames.js";
import type { GrpcError } from "./grpc-error.js";
import { ConnectionError, H2 } from "./http2-error.js";
import type { PeerSettings } from "./peer-settings.js";

/** Frames wait for the socket beyond this: what is handed to it cannot be taken back when a call is aborted. */
const HIGH_WATER_BYTES = 1024 * 1024;
/** HTTP/2 knows no way back from the last one. */
const LAST_ID = MAX_WINDOW;

/** The calls of a connection, in their states, and what may be sent of them (RFC 9113, sections 5.1 and 5.2). */
export class ClientStreams {
  readonly #socket: Socket;
  readonly #settings: PeerSettings;
  readonly #becameIdle: () => void;
  readonly #calls = new Map<number, ClientCall>();
  /** Calls for which the server has no stream yet. */
  #waiting: { readonly call: ClientCall; readonly headers: Buffer }[] = [];
  /** Calls with bytes that are not sent yet, in their order. */
  readonly #sending = new Set<ClientCall>();
  #nextId = 1;
  #window: number = DEFAULT_WINDOW;
  /** Calls wait until the server has spoken. */
  #isOpen = false;
  #isLeaving = false;

  constructor(socket: Socket, settings: PeerSettings, becameIdle: () => void) {
    this.#socket = socket;
    this.#settings = settings;
    this.#becameIdle = becameIdle;
  }

  /** Calls that the server has a stream for. */
  get size(): number {
    return this.#calls.size;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  open(): void {
    this.#isOpen = true;
    this.pump();
  }

  add(call: ClientCall, headers: Buffer): void {
    this.#waiting.push({ call, headers });
    this.pump();
  }

  has(call: ClientCall): boolean {
    return this.#calls.get(call.id) === call;
  }

  /** The call of a frame that streams have; undefined: it is over. @throws ConnectionError */
  find(streamId: number): ClientCall | undefined {
    if (streamId % 2 === 0 || streamId >= this.#nextId) {
      throw new ConnectionError(H2.protocolError, `stream ${streamId} is idle`);
    }
    return this.#calls.get(streamId);
  }

  #openWaiting(): void {
    while (this.#waiting.length > 0 && !this.#isLeaving && !this.#isCrowded) {
      const { call, headers } = this.#waiting.shift() as { call: ClientCall; headers: Buffer };
      call.id = this.#nextId;
      call.window = this.#settings.initialWindow;
      this.#nextId += 2;
      this.#calls.set(call.id, call);
      this.#sending.add(call);
      this.#socket.write(frame(FRAME.headers, FLAG.endHeaders, call.id, headers));
      if (this.#nextId > LAST_ID) this.leave();
    }
  }

  /** A server that takes no more, or does not read, is not told of calls that will be given up before it is. */
  get #isCrowded(): boolean {
    return this.#calls.size >= this.#settings.maxConcurrentStreams || this.#socket.writableLength >= HIGH_WATER_BYTES;
  }

  /** Sends what the windows and the socket take. */
  pump(): void {
    if (!this.#isOpen || (this.#waiting.length === 0 && this.#sending.size === 0)) return;
    this.#socket.cork();
    this.#openWaiting();
    for (const call of this.#sending) {
      if (this.#window <= 0 || this.#socket.writableLength >= HIGH_WATER_BYTES) break;
      const bytes = Math.min(call.left, call.window, this.#window, HIGH_WATER_BYTES);
      if (bytes <= 0) continue;
      this.#window -= bytes;
      writeData(this.#socket, call, bytes, this.#settings.maxFrameBytes);
      if (call.left === 0) this.#stopSending(call);
    }
    this.#socket.uncork();
  }

  #stopSending(call: ClientCall): void {
    if (this.#sending.delete(call)) call.letGo();
  }

  /** Whoever made the call does not want it any more. */
  cancel(call: ClientCall): void {
    const waiting = this.#waiting.findIndex((one) => one.call === call);
    if (waiting >= 0) {
      this.#waiting.splice(waiting, 1);
      refuse(call, cancelled());
    } else if (this.has(call)) this.reject(call, { reset: H2.cancel, error: cancelled() });
  }

  reject(call: ClientCall, { reset, error }: Rejection): void {
    this.#socket.write(numberFrame(FRAME.rstStream, call.id, reset));
    this.#forget(call);
    call.fail(error);
  }

  /** The server has answered. */
  finish(call: ClientCall): void {
    // It may know its answer before it has heard all.
    if (call.left > 0) this.#socket.write(numberFrame(FRAME.rstStream, call.id, H2.cancel));
    this.#forget(call);
    call.finish();
  }

  /** @throws ConnectionError */
  wasReset(streamId: number, code: number): void {
    const call = this.find(streamId);
    if (call === undefined) return;
    this.#forget(call);
    call.fail(resetError(code));
  }

  #forget(call: ClientCall): void {
    this.#calls.delete(call.id);
    this.#stopSending(call);
    this.pump();
    if (this.#calls.size === 0) this.#becameIdle();
  }

  /** A WINDOW_UPDATE. @throws ConnectionError */
  widen(streamId: number, increment: number): void {
    if (streamId === 0) {
      if (increment === 0) throw new ConnectionError(H2.protocolError, "WINDOW_UPDATE by 0");
      this.#window += increment;
      if (this.#window > MAX_WINDOW) throw new ConnectionError(H2.flowControlError, "connection window too large");
    } else this.#widenOne(streamId, increment);
    this.pump();
  }

  #widenOne(streamId: number, increment: number): void {
    const call = this.find(streamId);
    if (call === undefined) return;
    call.window += increment;
    const wrong = increment === 0 ? H2.protocolError : call.window > MAX_WINDOW ? H2.flowControlError : undefined;
    if (wrong !== undefined) this.reject(call, { reset: wrong, error: resetError(wrong) });
  }

  /** The server changed its initial window. @throws ConnectionError */
  widenAll(change: number): void {
    for (const call of this.#calls.values()) {
      call.window += change;
      if (call.window > MAX_WINDOW) throw new ConnectionError(H2.flowControlError, "stream window too large");
    }
    this.pump();
  }

  /** Takes no new calls. */
  leave(): void {
    this.#isLeaving = true;
    for (const { call } of this.#waiting.splice(0)) refuse(call, refused());
    if (this.#calls.size === 0) this.#becameIdle();
  }

  /** The server will not look at streams after `lastId`. */
  refuseAfter(lastId: number): void {
    for (const call of [...this.#calls.values()]) {
      if (call.id <= lastId) continue;
      this.#calls.delete(call.id);
      this.#stopSending(call);
      call.fail(refused());
    }
  }

  /** The connection is gone. */
  failAll(error: GrpcError): void {
    this.#isOpen = false;
    for (const { call } of this.#waiting.splice(0)) refuse(call, refused(error.message, error));
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) {
      this.#stopSending(call);
      call.fail(error);
    }
  }
}

/** A call of which nothing was sent. */
function refuse(call: ClientCall, why: GrpcError): void {
  call.letGo();
  call.fail(why);
}
