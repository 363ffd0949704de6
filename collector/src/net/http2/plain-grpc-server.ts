import { type AddressInfo, createServer } from "node:net";
import { type GrpcHost, ServerConnection } from "./server-connection.js";

export type PlainGrpcOptions = Omit<GrpcHost, "done">;

export interface PlainGrpcServer {
  /** host:port that was bound. */
  readonly address: string;
  /** Takes no new calls; those under way have `graceMs` to end. */
  close(graceMs: number): Promise<void>;
}

/** gRPC over HTTP/2 without TLS, for unary calls whose answer is empty. @throws the system's error when it cannot bind */
export async function listenPlainGrpc(
  target: { readonly host: string; readonly port: number },
  options: PlainGrpcOptions,
): Promise<PlainGrpcServer> {
  const connections = new Set<ServerConnection>();
  const host: GrpcHost = { ...options, done: (connection) => connections.delete(connection) };
  // What a client said before it shut its side is answered.
  const server = createServer({ allowHalfOpen: true }, (socket) => connections.add(new ServerConnection(socket, host)));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(target.port, target.host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { address, port, family } = server.address() as AddressInfo;
  return {
    address: family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`,
    close: (graceMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          for (const connection of connections) connection.destroy();
        }, graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        for (const connection of connections) connection.drain("shutting down");
      }),
  };
}
