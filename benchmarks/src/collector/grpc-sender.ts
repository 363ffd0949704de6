import { type ClientHttp2Session, connect } from "node:http2";
import type { Sender } from "./http-sender.js";

const SESSIONS = 2;
const STREAMS_PER_SESSION = 4;
const PATH = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/** OTLP/gRPC as frames on HTTP/2, eight calls under way. */
export async function grpcSender(port: number, bodies: readonly Uint8Array[]): Promise<Sender> {
  const sessions = Array.from({ length: SESSIONS }, () => connect(`http://127.0.0.1:${port}`));
  await Promise.all(sessions.map((session) => new Promise((resolve) => session.once("connect", resolve))));
  const framed = bodies.map(frame);
  let next = 0;
  return {
    send: async (count) => {
      let left = count;
      const loop = async (session: ClientHttp2Session): Promise<void> => {
        while (left > 0) {
          left--;
          const message = framed[next++ % framed.length] as Buffer;
          while (!(await call(session, message))) await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      await Promise.all(
        sessions.flatMap((session) => Array.from({ length: STREAMS_PER_SESSION }, () => loop(session))),
      );
    },
    close: () => {
      for (const session of sessions) session.destroy();
    },
  };
}

function frame(body: Uint8Array): Buffer {
  const framed = Buffer.alloc(5 + body.length);
  framed.writeUInt32BE(body.length, 1);
  framed.set(body, 5);
  return framed;
}

const OK = "0";
const RESOURCE_EXHAUSTED = "8";
const UNAVAILABLE = "14";

function call(session: ClientHttp2Session, message: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ":method": "POST",
      ":path": PATH,
      "content-type": "application/grpc",
      te: "trailers",
    });
    let status: string | undefined;
    const see = (headers: Record<string, unknown>): void => {
      if (headers["grpc-status"] !== undefined) status = String(headers["grpc-status"]);
    };
    stream.on("response", see);
    stream.on("trailers", see);
    stream.on("error", reject);
    stream.on("end", () => {
      if (status === OK) resolve(true);
      else if (status === RESOURCE_EXHAUSTED || status === UNAVAILABLE) resolve(false);
      else reject(new Error(`the collector answered grpc-status ${status}`));
    });
    stream.resume();
    stream.end(message);
  });
}
