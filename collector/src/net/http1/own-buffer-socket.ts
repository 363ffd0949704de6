import { Socket } from "node:net";

/** What a socket of `node:net` has inside, and this file needs. */
interface Handle {
  useUserBuffer?(buffer: Uint8Array): void;
}
interface Inside {
  _handle: Handle | null;
}
type ReadInto = {
  handle: Handle;
  allowHalfOpen: boolean;
  onread: { buffer: Buffer; callback: (bytes: number) => boolean };
};

/** All sockets of the thread read into this one: what arrives is looked at before the next read. */
const shared: Buffer = Buffer.allocUnsafeSlow(256 * 1024);

/** Takes bytes that are overwritten as soon as it returns. */
export type TakeBytes = (bytes: Buffer) => void;

/**
 * A socket that gives its bytes to `take` in memory that is used again, until `release` makes it an ordinary one. Node
 * makes a buffer of 64 kB for each read of an accepted socket: without it a request of 60 kB costs half as much.
 * `node:net` offers this (`onread`) for sockets that connect, but not for those that a server accepts; hence the socket is
 * built anew on the handle of the accepted one.
 */
export interface OwnBufferSocket {
  readonly socket: Socket;
  /** From now on bytes come as `data` events. */
  release(): void;
}

/** @returns undefined when this Node has its sockets made otherwise (or `accepted` is a TLS socket): use `accepted` as it is. */
export function readIntoOwnBuffer(accepted: Socket, take: TakeBytes): OwnBufferSocket | undefined {
  const inside = accepted as unknown as Inside;
  const handle = inside._handle;
  if (typeof handle?.useUserBuffer !== "function" || accepted.constructor !== Socket) return undefined;
  let released = false;
  const options: ReadInto = {
    handle,
    allowHalfOpen: true,
    onread: {
      buffer: shared,
      callback: (count) => {
        const bytes = shared.subarray(0, count);
        if (released) return socket.push(Buffer.from(bytes));
        take(bytes);
        return true;
      },
    },
  };
  inside._handle = null;
  const socket: Socket = new Socket(options as object);
  // The server counts its connections by the socket that it made.
  socket.once("close", () => accepted.destroy());
  return { socket, release: () => (released = true) };
}
