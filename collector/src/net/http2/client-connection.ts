import { connect, type Socket } from "node:net";
import { ClientCall, type OutgoingMessage } from "./client-call.js";
import { refused, unavailable } from "./client-errors.js";
import { type ClientKeepalive, KeepalivePings } from "./client-keepalive.js";
import { ClientStreams } from "./client-streams.js";
import { FrameReader, type FrameSink } from "./frame-reader.js";
import { checkBlockOrder, checkGoaway, checkPriority, expectNoStream, expectSize } from "./frame-rules.js";
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
import type { GrpcError } from "./grpc-error.js";
import { type HeaderBlock, HeaderBlocks } from "./header-blocks.js";
import { HpackDecoder } from "./hpack/hpack-decoder.js";
import { ConnectionError, H2 } from "./http2-error.js";
import { PeerSettings } from "./peer-settings.js";
import { MAX_HEADER_LIST_BYTES } from "./request-head.js";

/** Answers of all connections are read into this one: what arrives is looked at before the next read. */
const shared: Buffer = Buffer.allocUnsafeSlow(64 * 1024);
/** So that what was said last is sent before the socket is gone. */
const LINGER_MS = 1000;
/** A window is given anew when that much of it is gone: bytes are taken as they come. */
const GIVE_BYTES = DEFAULT_WINDOW / 2;
/** What gRPC clients wait for a connection. */
const CONNECT_MS = 20_000;
/** Of a server that asks for answers (PING, SETTINGS, DATA) and does not read them; as many as Go's client has. */
const MAX_UNREAD_REPLIES = 10_000;

export interface ClientConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly keepalive: ClientKeepalive | undefined;
  /** The server says that keepalive pings come too often. */
  readonly onTooManyPings: () => void;
}

/** One connection to a gRPC server over HTTP/2 without TLS, with any number of unary calls under way (RFC 9113). */
export class ClientConnection implements FrameSink {
  readonly #socket: Socket;
  readonly #reader: FrameReader = new FrameReader(this);
  readonly #hpack = new HpackDecoder();
  readonly #blocks = new HeaderBlocks();
  readonly #settings = new PeerSettings();
  readonly #streams: ClientStreams;
  readonly #pings: KeepalivePings | undefined;
  readonly #onTooManyPings: () => void;
  readonly #patience: NodeJS.Timeout;
  /** Bytes of DATA since the server's window was last given anew. */
  #received = 0;
  /** Whose DATA frame is being read; undefined: one that nobody wants. */
  #dataOf: ClientCall | undefined;
  #unreadReplies = 0;
  readonly #replyRead = (): void => void this.#unreadReplies--;
  #sawSettings = false;
  #failure: GrpcError | undefined;
  /** Settles when the server has spoken, or with why it will not. */
  readonly ready: Promise<void>;
  #settleReady: (error?: GrpcError) => void = () => {};

  constructor({ host, port, keepalive, onTooManyPings }: ClientConnectionOptions) {
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
    this.#streams = new ClientStreams(socket, this.#settings, () => this.#closeWhenLeft());
    socket.on("error", (error) => this.#end(unavailable(error.message, error)));
    socket.on("close", () => this.#end(unavailable("Connection dropped")));
    socket.on("end", () => socket.destroy());
    socket.on("drain", () => this.#streams.pump());
    socket.resume();
    const settings = settingsFrame([
      [SETTING.enablePush, 0],
      [SETTING.maxHeaderListSize, MAX_HEADER_LIST_BYTES],
    ]);
    socket.write(Buffer.concat([PREFACE, settings]));
    const giveUp = (): void => this.#end(unavailable("no HTTP/2 server answers there"));
    this.#patience = setTimeout(giveUp, CONNECT_MS).unref();
    this.#onTooManyPings = onTooManyPings;
    if (keepalive !== undefined) this.#pings = new KeepalivePings(socket, keepalive, () => this.#streams.size > 0);
  }

  /** New calls may be made on it. */
  get isUsable(): boolean {
    return !this.#streams.isLeaving && this.#failure === undefined;
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
      return Promise.reject(refused());
    }
    const cancel = (): void => this.#streams.cancel(call);
    abort.addEventListener("abort", cancel, { once: true });
    this.#streams.add(call, headers);
    return call.isDone.finally(() => abort.removeEventListener("abort", cancel));
  }

  /** Takes no new calls; closes after those under way. */
  leave(): void {
    this.#streams.leave();
  }

  #closeWhenLeft(): void {
    if (this.isUsable || this.#failure !== undefined) return;
    this.#socket.end(goawayFrame(0, H2.noError, ""));
    this.#end(unavailable("Connection closed"));
  }

  #onBytes(bytes: Buffer): void {
    if (this.#failure !== undefined) return;
    this.#socket.cork();
    try {
      this.#reader.read(bytes, 0);
    } catch (error) {
      const code = error instanceof ConnectionError ? error.code : H2.internalError;
      this.#socket.end(goawayFrame(0, code, (error as Error).message));
      this.#end(unavailable(`Protocol error: ${(error as Error).message}`, error));
    }
    this.#socket.uncork();
  }

  /** @throws ConnectionError when too many were not read */
  #reply(bytes: Buffer): void {
    if (++this.#unreadReplies > MAX_UNREAD_REPLIES) {
      throw new ConnectionError(H2.enhanceYourCalm, "too many frames ask for an answer that is not read");
    }
    this.#socket.write(bytes, this.#replyRead);
  }

  onHead(type: number, flags: number, streamId: number, length: number): void {
    if (!this.#sawSettings && (type !== FRAME.settings || (flags & FLAG.ack) !== 0)) {
      throw new ConnectionError(H2.protocolError, "the server does not speak HTTP/2");
    }
    checkBlockOrder(type, streamId, this.#blocks.streamId);
    if (type === FRAME.data) this.#beginData(streamId, length);
  }

  /** DATA counts for the window of the connection whether anybody wants it or not. */
  #beginData(streamId: number, length: number): void {
    this.#received += length;
    this.#dataOf = this.#streams.find(streamId);
    if (this.#dataOf !== undefined) this.#dataOf.received += length;
  }

  onData(_streamId: number, bytes: Buffer, from: number, to: number): void {
    const call = this.#dataOf;
    if (call === undefined || !this.#streams.has(call)) return;
    const rejection = call.answer.addData(bytes, from, to);
    if (rejection !== undefined) this.#streams.reject(call, rejection);
  }

  onDataEnd(flags: number): void {
    if (this.#received >= GIVE_BYTES) {
      this.#reply(numberFrame(FRAME.windowUpdate, 0, this.#received));
      this.#received = 0;
    }
    const call = this.#dataOf;
    if (call === undefined || !this.#streams.has(call)) return;
    if ((flags & FLAG.endStream) !== 0) this.#streams.finish(call);
    else if (call.received >= GIVE_BYTES) {
      this.#reply(numberFrame(FRAME.windowUpdate, call.id, call.received));
      call.received = 0;
    }
  }

  onFrame(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (type === FRAME.headers) this.#onBlock(this.#blocks.onHeaders(flags, streamId, payload));
    else if (type === FRAME.continuation) this.#onBlock(this.#blocks.onContinuation(flags, payload));
    else if (type === FRAME.settings) this.#onSettings(flags, streamId, payload);
    else if (type === FRAME.ping) this.#onPing(flags, streamId, payload);
    else if (type === FRAME.goaway) this.#onGoaway(streamId, payload);
    else if (type === FRAME.priority) checkPriority(streamId, payload);
    else if (type === FRAME.pushPromise) throw new ConnectionError(H2.protocolError, "PUSH_PROMISE though disabled");
    else if (type === FRAME.windowUpdate) {
      expectSize(payload, 4);
      this.#streams.widen(streamId, readUint32(payload, 0) & MAX_WINDOW);
    } else if (type === FRAME.rstStream) {
      expectSize(payload, 4);
      this.#streams.wasReset(streamId, readUint32(payload, 0));
    }
  }

  #onBlock(block: HeaderBlock | undefined): void {
    if (block === undefined) return;
    const call = this.#streams.find(block.streamId);
    // A block of nobody keeps the table of HPACK in step all the same.
    this.#hpack.decode(block.bytes, call?.answer.addHeader ?? (() => {}));
    if (call === undefined) return;
    const rejection = call.answer.endBlock(block.endsStream);
    if (rejection !== undefined) this.#streams.reject(call, rejection);
    else if (block.endsStream) this.#streams.finish(call);
  }

  #onSettings(flags: number, streamId: number, payload: Buffer): void {
    expectNoStream(streamId, "SETTINGS");
    if ((flags & FLAG.ack) !== 0) {
      expectSize(payload, 0);
      return;
    }
    const before = this.#settings.initialWindow;
    this.#settings.read(payload);
    this.#reply(SETTINGS_ACK);
    this.#streams.widenAll(this.#settings.initialWindow - before);
    if (this.#sawSettings) return;
    this.#sawSettings = true;
    clearTimeout(this.#patience);
    this.#settleReady();
    this.#streams.open();
  }

  #onPing(flags: number, streamId: number, payload: Buffer): void {
    expectNoStream(streamId, "PING");
    expectSize(payload, 8);
    if ((flags & FLAG.ack) === 0) this.#reply(frame(FRAME.ping, FLAG.ack, 0, payload));
    else this.#pings?.ponged();
  }

  #onGoaway(streamId: number, payload: Buffer): void {
    checkGoaway(streamId, payload);
    const why = payload.toString("latin1", 8);
    if (readUint32(payload, 4) === H2.enhanceYourCalm && why === "too_many_pings") this.#onTooManyPings();
    this.#streams.refuseAfter(readUint32(payload, 0) & MAX_WINDOW);
    this.leave();
  }

  #end(failure: GrpcError): void {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    this.#pings?.stop();
    clearTimeout(this.#patience);
    this.#settleReady(failure);
    this.#streams.failAll(failure);
    setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
  }
}
