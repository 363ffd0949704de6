import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** An HTTP server that keeps every body it is sent, by path, and answers 200. */
export interface RequestSink {
  readonly url: string;
  /** Bodies in the order in which they came. */
  bodies(path: string): readonly Uint8Array[];
  close(): Promise<void>;
}

export async function startRequestSink(): Promise<RequestSink> {
  const byPath = new Map<string, Uint8Array[]>();
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? "";
    byPath.set(path, [...(byPath.get(path) ?? []), new Uint8Array(Buffer.concat(chunks))]);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies: (path) => byPath.get(path) ?? [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
