import { connect } from "node:net";

/** What answers on a TCP port, told from its first bytes. */
export type PortKind = "closed" | "http1" | "http2" | "other";

// A client preface with an empty SETTINGS frame (RFC 9113, section 3.4): an HTTP/2 server answers it with its own SETTINGS frame.
const http2Preface = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);
const settingsFrameType = 4;

function kindOf(bytes: Buffer): PortKind {
  if (bytes.subarray(0, 5).toString("latin1") === "HTTP/") return "http1";
  return bytes.length >= 9 && bytes[3] === settingsFrameType ? "http2" : "other";
}

/** Connects, speaks an HTTP/2 preface, and says from the answer what listens there. */
export function probePort(host: string, port: number, timeoutMs = 1500): Promise<PortKind> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (kind: PortKind): void => {
      socket.destroy();
      resolve(kind);
    };
    socket.setTimeout(timeoutMs, () => finish("other"));
    socket.on("connect", () => socket.write(http2Preface));
    socket.on("data", (bytes: Buffer) => finish(kindOf(bytes)));
    socket.on("end", () => finish("other"));
    socket.on("error", (error: NodeJS.ErrnoException) => finish(error.code === "ECONNREFUSED" ? "closed" : "other"));
  });
}
