import { type AddressInfo, createServer, type Socket } from "node:net";
import { FrameReader, type FrameSink } from "./frame-reader.js";
import { FLAG, frame, PREFACE, settingsFrame } from "./frames.js";
import { encodeHeaders } from "./hpack/hpack-encoder.js";

/** One connection of a client under test, and what it sent. */
export class RawConnection implements FrameSink {
  readonly socket: Socket;
  /** Types and payloads, as `type:hex`, of all frames but DATA. */
  readonly seen: { readonly type: number; readonly streamId: number; readonly payload: Buffer }[] = [];
  readonly #onCall: (streamId: number, connection: RawConnection) => void;

  constructor(socket: Socket, onCall: (streamId: number, connection: RawConnection) => void) {
    this.socket = socket;
    this.#onCall = onCall;
    const reader = new FrameReader(this);
    let preface = PREFACE.length;
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => {
      const skipped = Math.min(preface, bytes.length);
      preface -= skipped;
      reader.read(bytes, skipped);
    });
  }

  send(...frames: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  onHead(): void {}
  onData(): void {}

  onFrame(type: number, flags: number, streamId: number, payload: Buffer): void {
    this.seen.push({ type, streamId, payload: Buffer.from(payload) });
    if (type === 1 && (flags & FLAG.endStream) !== 0) this.#onCall(streamId, this);
  }

  onDataEnd(flags: number, streamId: number): void {
    if ((flags & FLAG.endStream) !== 0) this.#onCall(streamId, this);
  }
}

export interface RawServer {
  readonly port: number;
  readonly connections: RawConnection[];
  close(): void;
}

/** A server that says byte by byte what a test wants: `greeting` at once, and whatever `onCall` sends when a call is whole. */
export async function rawServer(
  onCall: (streamId: number, connection: RawConnection) => void,
  greeting: Uint8Array = settingsFrame([]),
): Promise<RawServer> {
  const connections: RawConnection[] = [];
  const server = createServer((socket) => {
    connections.push(new RawConnection(socket, onCall));
    socket.setNoDelay(true);
    socket.write(greeting);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    close: () => {
      for (const { socket } of connections) socket.destroy();
      server.close();
    },
  };
}

export const head = (streamId: number, flags = 0, ...more: (readonly [string, string])[]): Buffer =>
  frame(
    1,
    FLAG.endHeaders | flags,
    streamId,
    encodeHeaders([[":status", "200"], ["content-type", "application/grpc"], ...more]),
  );

export const trailers = (streamId: number, status = "0"): Buffer =>
  frame(1, FLAG.endHeaders | FLAG.endStream, streamId, encodeHeaders([["grpc-status", status]]));
