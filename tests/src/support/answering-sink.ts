import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A destination that answers with the status its path begins with: `/503/v1/traces`; `/ok/…` is 200. */
export interface AnsweringSink {
  readonly url: string;
  close(): Promise<void>;
}

export async function startAnsweringSink(): Promise<AnsweringSink> {
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      const status = /^\/(\d{3})\//.exec(request.url ?? "")?.[1];
      response.writeHead(status === undefined ? 200 : Number(status), { "content-type": "application/x-protobuf" });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
