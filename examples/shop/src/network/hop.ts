import { connect, createServer, type Server, type Socket } from "node:net";
import { DelayLine } from "./delay-line.js";

/** A stretch of network that has this much in flight stops reading, as TCP would. */
const maxInFlightBytes = 1024 * 1024;

export interface HopSettings {
  readonly upstreamHost: string;
  readonly upstreamPort: number;
  /** One-way delay, read for every chunk of bytes. */
  readonly oneWayDelayMs: () => number;
}

export interface Hop {
  readonly server: Server;
  /** Cuts every connection. */
  destroyAll(): void;
  /** Bytes passed on so far, both directions. */
  passedBytes(): number;
}

/** A TCP proxy that passes bytes on in order, each after the delay that held when it came in. */
export function createHop(settings: HopSettings): Hop {
  const sockets = new Set<Socket>();
  let passedBytes = 0;
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const far = connect({
      host: settings.upstreamHost,
      port: settings.upstreamPort,
      noDelay: true,
      allowHalfOpen: true,
    });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.once("close", () => {
        sockets.delete(socket);
        if (socket.errored !== null) other.destroy();
      });
      // The other end is cut on close; the cause is that of a network, nothing to report.
      socket.on("error", () => {});
      passOn(socket, other, settings.oneWayDelayMs, (bytes) => {
        passedBytes += bytes;
      });
    }
  });
  return {
    server,
    destroyAll: () => {
      for (const socket of sockets) socket.destroy();
    },
    passedBytes: () => passedBytes,
  };
}

function passOn(from: Socket, to: Socket, delayMs: () => number, count: (bytes: number) => void): void {
  let inFlightBytes = 0;
  const line = new DelayLine<Buffer | null>((chunk) => {
    // Null is the end of the stream: it travels as long as bytes do.
    if (chunk === null) {
      to.end();
      return;
    }
    inFlightBytes -= chunk.length;
    count(chunk.length);
    if (to.destroyed) return;
    if (!to.write(chunk)) {
      from.pause();
      to.once("drain", () => from.resume());
    } else if (inFlightBytes <= maxInFlightBytes) {
      from.resume();
    }
  }, delayMs);
  from.on("data", (chunk: Buffer) => {
    inFlightBytes += chunk.length;
    if (inFlightBytes > maxInFlightBytes) from.pause();
    line.push(chunk);
  });
  from.on("end", () => line.push(null));
}
