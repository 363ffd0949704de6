import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { servePlainly } from "./plain-server.js";

export const MAX_BODY_BYTES = 100_000;

/** Paths that are served plainly; `/b` is answered later. */
export const PLAIN_PATHS: readonly string[] = ["/a", "/b"];

/** Both answer with the path and the body, so that a difference in framing is a difference in the answer. */
export interface EchoServers {
  readonly plain: Server;
  readonly node: Server;
  /** Requests that the plain one has answered without `node:http`. */
  servedPlainly(): number;
  close(): void;
}

export async function startEchoServers(): Promise<EchoServers> {
  let served = 0;
  const node = createServer(echo);
  const plain = createServer(echo);
  servePlainly(plain, "connection", {
    maxBodyBytes: MAX_BODY_BYTES,
    headersTimeoutMs: 60_000,
    requestTimeoutMs: 60_000,
    idleTimeoutMs: 60_000,
    isServed: (path) => PLAIN_PATHS.includes(path),
    answer: ({ path, body, contentType, contentEncoding }) => {
      served++;
      const reply = {
        status: 200,
        contentType: "text/plain",
        body: Buffer.from(`${path} ${contentType} ${contentEncoding} ${body.toString("latin1")}`),
      };
      return path === "/b" ? new Promise((resolve) => setImmediate(resolve, reply)) : reply;
    },
  });
  for (const server of [plain, node]) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    plain,
    node,
    servedPlainly: () => served,
    close: () => {
      for (const server of [plain, node]) server.close();
    },
  };
}

function echo(request: IncomingMessage, response: ServerResponse): void {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    const { "content-type": type = "", "content-encoding": encoding = "" } = request.headers;
    const text = Buffer.concat(parts).toString("latin1");
    const body = Buffer.from(`${request.url} ${type} ${encoding} ${text}`);
    response.writeHead(200, { "content-type": "text/plain", "content-length": body.length });
    response.end(body);
  });
}

/**
 * Status and body of every answer to the bytes, which are sent in pieces and followed by the end of the stream. Rejects
 * when an answer has no whole head.
 */
export function converse(server: Server, pieces: readonly Buffer[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: (server.address() as AddressInfo).port, host: "127.0.0.1" });
    const received: Buffer[] = [];
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => received.push(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      try {
        resolve(answersIn(Buffer.concat(received).toString("latin1")));
      } catch (error) {
        reject(error);
      }
    });
    const send = (index: number): void => {
      const piece = pieces[index];
      if (piece === undefined) socket.end();
      else socket.write(piece, () => setImmediate(send, index + 1));
    };
    send(0);
  });
}

function answersIn(text: string): string[] {
  const answers: string[] = [];
  let at = 0;
  while (at < text.length) {
    const headEnd = text.indexOf("\r\n\r\n", at);
    if (headEnd < 0) throw new Error(`half an answer: ${text.slice(at)}`);
    const head = text.slice(at, headEnd);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
    answers.push(`${head.slice(9, 12)} ${text.slice(headEnd + 4, headEnd + 4 + length)}`);
    at = headEnd + 4 + length;
  }
  return answers;
}
