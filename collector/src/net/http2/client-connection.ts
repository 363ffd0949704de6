import { connect, type Socket } from "node:net";
import { CODE } from "../rpc-status.js";
import { ClientCall, type OutgoingMessage } from "./client-call.js";
import { writeData } from "./client-data.js";
import { refused, resetError, unavailable } from "./client-errors.js";
import { type ClientKeepalive, KeepalivePings } from "./client-keepalive.js";
import { FrameReader, type FrameSink } from "./frame-reader.js";
import {
  DEFAULT_WINDOW,
  FLAG,
  FRAME,
  frame,
  goawayFrame,
  MAX_WINDOW,
  numberFrame,
  PREFACE,
  readUint32,
  SETTING,
  SETTINGS_ACK,
  settingsFrame,
} from "./frames.js";
import { GrpcError } from "./grpc-error.js";
import { type HeaderBlock, HeaderBlocks } from "./header-blocks.js";
import { HpackDecoder } from "./hpack/hpack-decoder.js";
import { ConnectionError, H2 } from "./http2-error.js";
import { PeerSettings } from "./peer-settings.js";

/** Frames wait for the socket beyond this: what is handed to it cannot be taken back when a call is aborted. */
const HIGH_WATER_BYTES = 1024 * 1024;
/** A window is given anew when that much of it is gone. */
const GIVE_BYTES = 16 * 1024;
/** Answers of all connections are read into this one: what arrives is looked at before the next read. */
const shared: Buffer = Buffer.allocUnsafeSlow(64 * 1024);
/** So that what was said last is sent before the socket is gone. */
const LINGER_MS = 1000;
/** What gRPC clients wait for a connection. */
const CONNECT_MS = 20_000;
/** HTTP/2 knows no way back from the last one. */
const LAST_ID = MAX_WINDOW;

/** One connection to a gRPC server over HTTP/2 without TLS, with any number of unary calls under way (RFC 9113). */
export class ClientConnection implements FrameSink {
  readonly #socket: Socket;
  readonly #reader: FrameReader = new FrameReader(this);
  readonly #hpack = new HpackDecoder();
  readonly #blocks = new HeaderBlocks();
  readonly #settings = new PeerSettings();
  readonly #calls = new Map<number, ClientCall>();
  /** Calls for which the server has no stream yet. */
  #waiting: { readonly call: ClientCall; readonly headers: Buffer }[] = [];
  /** Calls with bytes that are not sent yet, in their order. */
  readonly #sending = new Set<ClientCall>();
  readonly #pings: KeepalivePings | undefined;
  #nextId = 1;
  #window: number = DEFAULT_WINDOW;
  #received = 0;
  #sawSettings = false;
  #isLeaving = false;
  #failure: GrpcError | undefined;
  readonly #patience: NodeJS.Timeout;
  /** Settles when the server has spoken, or with why it will not. */
  readonly ready: Promise<void>;
  #settleReady: (error?: GrpcError) => void = () => {};

  constructor(host: string, port: number, keepalive: ClientKeepalive | undefined) {
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = (error) => (error === undefined ? resolve() : reject(error));
    });
    // Who waits hears of it; when nobody does, it is no news.
    this.ready.catch(() => undefined);
    const callback = (count: number): boolean => {
      this.#onBytes(shared.subarray(0, count));
      return true;
    };
    const socket = connect({ host, port, noDelay: true, onread: { buffer: shared, callback } });
    this.#socket = socket;
    socket.on("error", (error) => this.#end(unavailable(error.message, error)));
    socket.on("close", () => this.#end(unavailable("Connection dropped")));
    socket.on("end", () => socket.destroy());
    socket.on("drain", () => this.#pump());
    socket.resume();
    socket.write(Buffer.concat([PREFACE, settingsFrame([[SETTING.enablePush, 0]])]));
    const giveUp = (): void => this.#end(unavailable("no HTTP/2 server answers there"));
    this.#patience = setTimeout(giveUp, CONNECT_MS).unref();
    if (keepalive !== undefined) this.#pings = new KeepalivePings(socket, keepalive, () => this.#calls.size > 0);
  }

  /** New calls may be made on it. */
  get isUsable(): boolean {
    return !this.#isLeaving && this.#failure === undefined;
  }

  /** Why it ended. */
  get failure(): GrpcError | undefined {
    return this.#failure;
  }

  /** `headers` is the encoded block. @returns the message of the answer. @throws GrpcError */
  call(headers: Buffer, message: OutgoingMessage, abort: AbortSignal): Promise<Buffer> {
    const call = new ClientCall(message);
    if (!this.isUsable) {
      call.letGo();
      return Promise.reject(this.#failure ?? refused());
    }
    const cancel = (): void => this.#cancel(call);
    abort.addEventListener("abort", cancel, { once: true });
    this.#waiting.push({ call, headers });
    this.#pump();
    return call.isDone.finally(() => abort.removeEventListener("abort", cancel));
  }

  #openWaiting(): void {
    while (this.#waiting.length > 0 && this.#calls.size < this.#settings.maxConcurrentStreams && !this.#isLeaving) {
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

  /** Sends what the windows and the socket take. */
  #pump(): void {
    if (!this.#sawSettings || this.#failure !== undefined) return;
    this.#socket.cork();
    this.#openWaiting();
    for (const call of this.#sending) {
      if (this.#window <= 0 || this.#socket.writableLength >= HIGH_WATER_BYTES) break;
      const bytes = Math.min(call.left, call.window, this.#window);
      if (bytes <= 0) continue;
      this.#window -= Math.min(bytes, HIGH_WATER_BYTES);
      writeData(this.#socket, call, Math.min(bytes, HIGH_WATER_BYTES), this.#settings.maxFrameBytes);
      if (call.left === 0) this.#stopSending(call);
    }
    this.#socket.uncork();
  }

  #stopSending(call: ClientCall): void {
    if (this.#sending.delete(call)) call.letGo();
  }

  #cancel(call: ClientCall): void {
    const error = new GrpcError(CODE.cancelled, "Call cancelled");
    const waiting = this.#waiting.findIndex((one) => one.call === call);
    if (waiting >= 0) {
      this.#waiting.splice(waiting, 1);
      this.#refuse(call, error);
    } else if (this.#calls.get(call.id) === call) this.#reset(call, H2.cancel, error);
  }

  #reset(call: ClientCall, code: number, error: GrpcError): void {
    this.#socket.write(numberFrame(FRAME.rstStream, call.id, code));
    this.#forget(call);
    call.fail(error);
  }

  #forget(call: ClientCall): void {
    this.#calls.delete(call.id);
    this.#stopSending(call);
    this.#pump();
    this.#closeWhenIdle();
  }

  /** Takes no new calls; closes after those under way. */
  leave(): void {
    this.#isLeaving = true;
    for (const { call } of this.#waiting.splice(0)) this.#refuse(call, refused());
    this.#closeWhenIdle();
  }

  #closeWhenIdle(): void {
    if (!this.#isLeaving || this.#calls.size > 0 || this.#failure !== undefined) return;
    this.#socket.end(goawayFrame(0, H2.noError, ""));
    this.#end(unavailable("Connection closed"));
  }

  #onBytes(bytes: Buffer): void {
    if (this.#failure !== undefined) return;
    try {
      this.#reader.read(bytes, 0);
    } catch (error) {
      const code = error instanceof ConnectionError ? error.code : H2.internalError;
      this.#socket.end(goawayFrame(0, code, (error as Error).message));
      this.#end(unavailable(`Protocol error: ${(error as Error).message}`, error));
    }
  }

  onHead(type: number, flags: number, streamId: number): void {
    if (!this.#sawSettings && (type !== FRAME.settings || (flags & FLAG.ack) !== 0)) {
      throw new ConnectionError(H2.protocolError, "the server does not speak HTTP/2");
    }
    const isContinuation = type === FRAME.continuation;
    if (isContinuation !== (this.#blocks.streamId !== 0) || (isContinuation && streamId !== this.#blocks.streamId)) {
      throw new ConnectionError(H2.protocolError, "header block is interrupted");
    }
  }

  onFrame(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (type === FRAME.headers) this.#onBlock(this.#blocks.onHeaders(flags, streamId, payload));
    else if (type === FRAME.continuation) this.#onBlock(this.#blocks.onContinuation(flags, payload));
    else if (type === FRAME.settings) this.#onSettings(flags, payload);
    else if (type === FRAME.pushPromise) throw new ConnectionError(H2.protocolError, "PUSH_PROMISE though disabled");
    else if (type === FRAME.ping) this.#onPing(flags, payload);
    else if (type === FRAME.goaway) this.#onGoaway(payload);
    else if (type === FRAME.windowUpdate) this.#onWindowUpdate(streamId, payload);
    else if (type === FRAME.rstStream) this.#onReset(streamId, payload);
  }

  onData(streamId: number, bytes: Buffer, from: number, to: number): void {
    this.#received += to - from;
    const call = this.#calls.get(streamId);
    if (call === undefined) return;
    call.addData(bytes.subarray(from, to));
    call.received += to - from;
  }

  onDataEnd(flags: number, streamId: number): void {
    if (this.#received >= GIVE_BYTES) {
      this.#socket.write(numberFrame(FRAME.windowUpdate, 0, this.#received));
      this.#received = 0;
    }
    const call = this.#calls.get(streamId);
    if (call === undefined) return;
    if ((flags & FLAG.endStream) !== 0) this.#finish(call);
    else if (call.received >= GIVE_BYTES) {
      this.#socket.write(numberFrame(FRAME.windowUpdate, streamId, call.received));
      call.received = 0;
    }
  }

  #onBlock(block: HeaderBlock | undefined): void {
    if (block === undefined) return;
    const call = this.#calls.get(block.streamId);
    // A block of nobody keeps the table of HPACK in step all the same.
    this.#hpack.decode(block.bytes, call?.addHeader ?? (() => {}));
    if (call === undefined) return;
    if (block.endsStream) this.#finish(call);
    else if (call.isInformational) call.forgetHead();
  }

  #finish(call: ClientCall): void {
    // A server may know its answer before it has heard all.
    if (call.left > 0) this.#socket.write(numberFrame(FRAME.rstStream, call.id, H2.cancel));
    this.#forget(call);
    call.finish();
  }

  #onSettings(flags: number, payload: Buffer): void {
    if ((flags & FLAG.ack) !== 0) return;
    const before = this.#settings.initialWindow;
    this.#settings.read(payload);
    for (const call of this.#calls.values()) call.window += this.#settings.initialWindow - before;
    this.#socket.write(SETTINGS_ACK);
    if (!this.#sawSettings) {
      this.#sawSettings = true;
      clearTimeout(this.#patience);
      this.#settleReady();
    }
    this.#pump();
  }

  #onPing(flags: number, payload: Buffer): void {
    if (payload.length !== 8) throw new ConnectionError(H2.frameSizeError, "PING frame is cut");
    if ((flags & FLAG.ack) === 0) this.#socket.write(frame(FRAME.ping, FLAG.ack, 0, payload));
    else this.#pings?.ponged();
  }

  #onGoaway(payload: Buffer): void {
    if (payload.length < 8) throw new ConnectionError(H2.frameSizeError, "GOAWAY frame is cut");
    const lastId = readUint32(payload, 0) & MAX_WINDOW;
    for (const call of [...this.#calls.values()]) {
      if (call.id <= lastId) continue;
      this.#calls.delete(call.id);
      this.#stopSending(call);
      call.fail(refused());
    }
    this.leave();
  }

  #onWindowUpdate(streamId: number, payload: Buffer): void {
    if (payload.length !== 4) throw new ConnectionError(H2.frameSizeError, "WINDOW_UPDATE frame is cut");
    const increment = readUint32(payload, 0) & MAX_WINDOW;
    const call = this.#calls.get(streamId);
    if (streamId === 0) this.#window += increment;
    else if (call !== undefined) call.window += increment;
    if (this.#window > MAX_WINDOW || (call?.window ?? 0) > MAX_WINDOW) {
      throw new ConnectionError(H2.flowControlError, "window too large");
    }
    this.#pump();
  }

  #onReset(streamId: number, payload: Buffer): void {
    if (payload.length !== 4) throw new ConnectionError(H2.frameSizeError, "RST_STREAM frame is cut");
    const call = this.#calls.get(streamId);
    if (call === undefined) return;
    this.#forget(call);
    call.fail(resetError(readUint32(payload, 0)));
  }

  #end(failure: GrpcError): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.#pings?.stop();
    clearTimeout(this.#patience);
    this.#settleReady(failure);
    for (const { call } of this.#waiting.splice(0)) this.#refuse(call, failure);
    for (const call of this.#calls.values()) {
      this.#stopSending(call);
      call.fail(failure);
    }
    this.#calls.clear();
    setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
  }

  /** A call of which nothing was sent. */
  #refuse(call: ClientCall, why: GrpcError): void {
    call.letGo();
    call.fail(why);
  }
}
