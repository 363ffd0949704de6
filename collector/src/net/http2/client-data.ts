import type { Socket } from "node:net";
import type { ClientCall } from "./client-call.js";
import { FLAG, FRAME, HEAD_BYTES, writeFrameHead } from "./frames.js";

const NOTHING = new Uint8Array(0);

/** Writes DATA frames of `bytes` bytes of a call's message in all, without a copy of the message. */
export function writeData(socket: Socket, call: ClientCall, bytes: number, maxFrameBytes: number): void {
  const frames = Math.ceil(bytes / maxFrameBytes);
  const heads = Buffer.allocUnsafe(frames * HEAD_BYTES);
  const write = (piece: Uint8Array): void => {
    socket.write(piece);
  };
  for (let index = 0, sent = 0; index < frames; index++) {
    const length = Math.min(maxFrameBytes, bytes - sent);
    const at = index * HEAD_BYTES;
    writeFrameHead(heads, at, length, FRAME.data, call.left === length ? FLAG.endStream : 0, call.id);
    write(heads.subarray(at, at + HEAD_BYTES));
    call.takeNext(length, write);
    sent += length;
  }
  call.hold();
  // Callbacks come in the order of the writes: by then the pieces before it are written too.
  socket.write(NOTHING, () => call.letGo());
}
