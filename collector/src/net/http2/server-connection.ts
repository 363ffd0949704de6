import type { Socket } from "node:net";
import { type OwnBufferSocket, readIntoOwnBuffer } from "../http1/own-buffer-socket.js";
import { ConnectionLife, type LifeOptions, type Mortal } from "./connection-life.js";
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
import { type HeaderBlock, HeaderBlocks } from "./header-blocks.js";
import { HpackDecoder } from "./hpack/hpack-decoder.js";
import { ConnectionError, H2 } from "./http2-error.js";
import { Outbox } from "./outbox.js";
import { PeerSettings } from "./peer-settings.js";
import { MAX_HEADER_LIST_BYTES, RequestHead } from "./request-head.js";
import { type CallHost, ServerCalls } from "./server-calls.js";
import { STREAM_WINDOW } from "./server-stream.js";
import { StreamTable } from "./stream-table.js";

export interface GrpcHost extends CallHost {
  readonly life: LifeOptions;
  /** Hears of a fault of ours that ended a connection. */
  failed(error: unknown): void;
  /** The connection is gone. */
  done(connection: ServerConnection): void;
}

/** What a client may send before it hears of us. Bytes are taken as they come; streams are what bounds memory. */
const CONNECTION_WINDOW = 16 * 1024 * 1024;
/** So that the last words are read before the socket is gone. */
const LINGER_MS = 1000;
const PING = frame(FRAME.ping, 0, 0, Buffer.from("venturi!"));

/** One client of a gRPC server that reads HTTP/2 itself: unary calls with an empty answer, and nothing else (RFC 9113). */
export class ServerConnection implements FrameSink, Mortal {
  readonly #host: GrpcHost;
  readonly #socket: Socket;
  readonly #ownBuffer: OwnBufferSocket | undefined;
  readonly #outbox: Outbox;
  readonly #reader: FrameReader = new FrameReader(this);
  readonly #hpack = new HpackDecoder();
  readonly #blocks = new HeaderBlocks();
  readonly #settings = new PeerSettings();
  readonly #streams: StreamTable;
  readonly #life: ConnectionLife;
  readonly #calls: ServerCalls;
  #prefaceBytes = 0;
  #sawSettings = false;
  #receiveWindow = CONNECTION_WINDOW;
  #isDraining = false;
  #isFinished = false;

  constructor(accepted: Socket, host: GrpcHost) {
    this.#host = host;
    this.#ownBuffer = readIntoOwnBuffer(accepted, (bytes) => this.#onBytes(bytes));
    const socket = this.#ownBuffer?.socket ?? accepted;
    this.#socket = socket;
    this.#outbox = new Outbox(socket);
    this.#streams = new StreamTable(this.#outbox);
    this.#life = new ConnectionLife(host.life, this);
    this.#calls = new ServerCalls(host, this.#streams, {
      becameBusy: () => this.#life.becameBusy(),
      becameIdle: () => {
        this.#life.becameIdle();
        this.#finishWhenIdle();
      },
    });
    socket.setNoDelay(true);
    if (this.#ownBuffer === undefined) socket.on("data", (bytes: Buffer) => this.#onBytes(bytes));
    else socket.resume();
    socket.on("end", () => this.#onEnd());
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#onClose());
    this.#outbox.add(
      settingsFrame([
        [SETTING.maxConcurrentStreams, host.maxStreams],
        [SETTING.initialWindowSize, STREAM_WINDOW],
        [SETTING.maxHeaderListSize, MAX_HEADER_LIST_BYTES],
      ]),
    );
    this.#outbox.add(numberFrame(FRAME.windowUpdate, 0, CONNECTION_WINDOW - DEFAULT_WINDOW));
  }

  drain(why: string): void {
    if (this.#isDraining || this.#isFinished) return;
    this.#isDraining = true;
    this.#outbox.add(goawayFrame(this.#streams.lastId, H2.noError, why));
    this.#finishWhenIdle();
  }

  ping(): void {
    this.#outbox.add(PING);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #onBytes(bytes: Buffer): void {
    if (this.#isFinished) return;
    try {
      const from = this.#prefaceBytes < PREFACE.length ? this.#readPreface(bytes) : 0;
      this.#reader.read(bytes, from);
    } catch (error) {
      if (error instanceof ConnectionError) this.#fail(error);
      else {
        this.#host.failed(error);
        this.#fail(new ConnectionError(H2.internalError, "internal error"));
      }
    }
    this.#outbox.flush();
  }

  #readPreface(bytes: Buffer): number {
    let at = 0;
    for (; at < bytes.length && this.#prefaceBytes < PREFACE.length; at++) {
      if (bytes[at] !== PREFACE[this.#prefaceBytes++]) throw new ConnectionError(H2.protocolError, "no HTTP/2 preface");
    }
    return at;
  }

  onHead(type: number, flags: number, streamId: number, length: number): void {
    if (!this.#sawSettings) {
      if (type !== FRAME.settings || (flags & FLAG.ack) !== 0) {
        throw new ConnectionError(H2.protocolError, "the first frame is no SETTINGS");
      }
      this.#sawSettings = true;
      this.#life.began();
    }
    checkBlockOrder(type, streamId, this.#blocks.streamId);
    if (type !== FRAME.data) return;
    this.#spendWindow(length);
    this.#calls.beginData(streamId, length);
  }

  onFrame(type: number, flags: number, streamId: number, payload: Buffer): void {
    switch (type) {
      case FRAME.headers:
        if (streamId % 2 === 0) throw new ConnectionError(H2.protocolError, "HEADERS on a stream of ours");
        this.#onBlock(this.#blocks.onHeaders(flags, streamId, payload));
        break;
      case FRAME.continuation:
        this.#onBlock(this.#blocks.onContinuation(flags, payload));
        break;
      case FRAME.rstStream:
        expectSize(payload, 4);
        if (this.#streams.wasReset(streamId)) this.#calls.settle();
        break;
      case FRAME.settings:
        this.#onSettings(flags, streamId, payload);
        break;
      case FRAME.windowUpdate:
        expectSize(payload, 4);
        this.#streams.widen(streamId, readUint32(payload, 0) & MAX_WINDOW);
        this.#calls.settle();
        break;
      case FRAME.ping:
        this.#onPing(flags, streamId, payload);
        break;
      default:
        checkIdleFrame(type, streamId, payload);
    }
  }

  /** DATA counts for the window of the connection whether anybody wants it or not. */
  #spendWindow(bytes: number): void {
    if (bytes > this.#receiveWindow) throw new ConnectionError(H2.flowControlError, "connection window exceeded");
    this.#receiveWindow -= bytes;
  }

  onData(_streamId: number, bytes: Buffer, from: number, to: number): void {
    this.#calls.onData(bytes, from, to);
  }

  onDataEnd(flags: number): void {
    if (this.#receiveWindow < CONNECTION_WINDOW / 2) {
      this.#outbox.add(numberFrame(FRAME.windowUpdate, 0, CONNECTION_WINDOW - this.#receiveWindow));
      this.#receiveWindow = CONNECTION_WINDOW;
    }
    this.#calls.onDataEnd((flags & FLAG.endStream) !== 0);
  }

  #onBlock(block: HeaderBlock | undefined): void {
    if (block === undefined) return;
    const head = new RequestHead();
    this.#hpack.decode(block.bytes, head.add);
    if (block.streamId <= this.#streams.lastId) this.#calls.onTrailers(block, head);
    else this.#calls.onRequest(block, head, this.#settings.initialWindow, this.#isDraining);
  }

  #onSettings(flags: number, streamId: number, payload: Buffer): void {
    expectNoStream(streamId, "SETTINGS");
    if ((flags & FLAG.ack) !== 0) {
      expectSize(payload, 0);
      return;
    }
    const before = this.#settings.initialWindow;
    this.#settings.read(payload);
    this.#outbox.add(SETTINGS_ACK);
    this.#streams.widenAll(this.#settings.initialWindow - before);
    this.#calls.settle();
  }

  #onPing(flags: number, streamId: number, payload: Buffer): void {
    expectNoStream(streamId, "PING");
    expectSize(payload, 8);
    if ((flags & FLAG.ack) !== 0) this.#life.ponged();
    else this.#outbox.add(frame(FRAME.ping, FLAG.ack, 0, payload));
  }

  #onEnd(): void {
    // Requests that came whole get their answers.
    this.#streams.dropUnfinished();
    this.#isDraining = true;
    this.#finishWhenIdle();
  }

  #fail(error: ConnectionError): void {
    this.#outbox.add(goawayFrame(this.#streams.lastId, error.code, error.message));
    this.#finish();
  }

  #finishWhenIdle(): void {
    if (this.#isDraining && this.#streams.size === 0 && !this.#isFinished) this.#finish();
  }

  #finish(): void {
    this.#isFinished = true;
    this.#streams.dropAll();
    this.#outbox.flush();
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), LINGER_MS).unref();
  }

  #onClose(): void {
    this.#isFinished = true;
    this.#streams.dropAll();
    this.#calls.stop();
    this.#life.stop();
    this.#host.done(this);
  }
}

/** Of the frames that change nothing. */
function checkIdleFrame(type: number, streamId: number, payload: Buffer): void {
  if (type === FRAME.priority) checkPriority(streamId, payload);
  else if (type === FRAME.goaway) checkGoaway(streamId, payload);
  else if (type === FRAME.pushPromise) throw new ConnectionError(H2.protocolError, "PUSH_PROMISE of a client");
}
