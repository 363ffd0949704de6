import { connect, type Socket } from "node:net";
import { FLAG, FRAME, frame, HEAD_BYTES, PREFACE, settingsFrame } from "./frames.js";
import { encodeHeaders } from "./hpack/hpack-encoder.js";

export interface SeenFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** Speaks HTTP/2 byte by byte, as wrongly as one likes. */
export class RawClient {
  readonly socket: Socket;
  readonly frames: SeenFrame[] = [];
  isClosed = false;
  #rest: Buffer = Buffer.alloc(0);
  #wake: (() => void)[] = [];

  constructor(address: string) {
    const at = address.lastIndexOf(":");
    this.socket = connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)) });
    this.socket.setNoDelay(true);
    this.socket.on("data", (bytes: Buffer) => this.#take(bytes));
    this.socket.on("error", () => undefined);
    this.socket.on("close", () => {
      this.isClosed = true;
      this.#wakeAll();
    });
  }

  begin(settings: readonly (readonly [number, number])[] = []): this {
    return this.send(PREFACE, settingsFrame(settings));
  }

  send(...frames: Uint8Array[]): this {
    this.socket.write(Buffer.concat(frames));
    return this;
  }

  /** The first frame that fits; undefined: the server closed before there was one. */
  async find(fits: (frame: SeenFrame) => boolean): Promise<SeenFrame | undefined> {
    for (;;) {
      const found = this.frames.find(fits);
      if (found !== undefined || this.isClosed) return found;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  /** How a stream ended: `ok`, `grpc N` and so on, `RST n` or `GOAWAY n`, or `closed`. */
  async end(streamId: number): Promise<string> {
    const last = await this.find(
      (one) =>
        one.type === FRAME.goaway ||
        (one.streamId === streamId && (one.type === FRAME.rstStream || (one.flags & FLAG.endStream) !== 0)),
    );
    if (last === undefined) return "closed";
    if (last.type === FRAME.goaway) return `GOAWAY ${last.payload.readUInt32BE(4)}`;
    if (last.type === FRAME.rstStream) return `RST ${last.payload.readUInt32BE(0)}`;
    const text = last.payload.toString("latin1");
    const status = /grpc-status.(\d+)/.exec(text)?.[1];
    return status === undefined ? "answered" : status === "0" ? "ok" : `grpc ${status}`;
  }

  async closed(): Promise<void> {
    while (!this.isClosed) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  #take(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= HEAD_BYTES) {
      const length = this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < HEAD_BYTES + length) break;
      const [type, flags] = [this.#rest[3] as number, this.#rest[4] as number];
      const payload = this.#rest.subarray(HEAD_BYTES, HEAD_BYTES + length);
      this.frames.push({ type, flags, streamId: this.#rest.readUInt32BE(5), payload });
      this.#rest = this.#rest.subarray(HEAD_BYTES + length);
    }
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

export const REQUEST: readonly (readonly [string, string])[] = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/a"],
  [":authority", "x"],
  ["content-type", "application/grpc"],
  ["te", "trailers"],
];

export function headers(
  streamId: number,
  list: readonly (readonly [string, string])[] = REQUEST,
  flags: number = FLAG.endHeaders,
): Buffer {
  return frame(FRAME.headers, flags, streamId, encodeHeaders(list));
}

/** A message with its prefix. */
export function message(text: string, flag = 0): Buffer {
  const bytes = Buffer.alloc(5 + text.length);
  bytes[0] = flag;
  bytes.writeUInt32BE(text.length, 1);
  bytes.write(text, 5, "latin1");
  return bytes;
}

export function data(streamId: number, bytes: Uint8Array, flags: number = FLAG.endStream): Buffer {
  return frame(FRAME.data, flags, streamId, bytes);
}
