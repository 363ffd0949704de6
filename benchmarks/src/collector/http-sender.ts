import { connect, type Socket } from "node:net";

/** Sends request bodies to a collector; `send` resolves when each was answered with success. */
export interface Sender {
  /** Sends `count` requests, going round the bodies from where it stopped. */
  send(count: number): Promise<void>;
  close(): void;
}

const CONNECTIONS = 8;
const RETRY_MS = 20;

/** A closed loop over keep-alive connections, as bare as it can be: the machine's two cores are for the collector. */
export async function httpSender(port: number, bodies: readonly Uint8Array[]): Promise<Sender> {
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(port)));
  let next = 0;
  return {
    send: async (count) => {
      let left = count;
      await Promise.all(
        sockets.map(async (socket) => {
          while (left > 0) {
            left--;
            const body = bodies[next++ % bodies.length] as Uint8Array;
            while (!(await post(socket, body))) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
          }
        }),
      );
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(socket));
    socket.once("error", reject);
  });
}

/** @returns false when the collector says that it is full for now */
function post(socket: Socket, body: Uint8Array): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let text = "";
    const onData = (chunk: Buffer): void => {
      text += chunk.toString("latin1");
      const headEnd = text.indexOf("\r\n\r\n");
      if (headEnd < 0) return;
      const length = Number(/^content-length: *(\d+)/im.exec(text)?.[1] ?? 0);
      if (text.length < headEnd + 4 + length) return;
      socket.off("data", onData);
      const status = Number(text.slice(9, 12));
      if (status === 200) resolve(true);
      else if (status === 429 || status === 503) resolve(false);
      else reject(new Error(`the collector answered ${text.slice(0, 300)}`));
    };
    socket.on("data", onData);
    socket.cork();
    socket.write(
      `POST /v1/traces HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nContent-Type: application/x-protobuf\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    socket.write(body);
    socket.uncork();
  });
}
