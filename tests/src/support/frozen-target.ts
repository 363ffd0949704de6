import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Page {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** Gets a page from a real target, in the format that is asked for. */
export async function capture(url: string, accept: string): Promise<Page> {
  const answer = await fetch(url, { headers: { accept } });
  if (!answer.ok) throw new Error(`${url}: HTTP status ${answer.status}`);
  const contentType = answer.headers.get("content-type") ?? "";
  return { contentType, body: new Uint8Array(await answer.arrayBuffer()) };
}

/** A target whose values stand still, so that two scrapers see the same. Answers 404 for what it has no page of. */
export async function frozenTarget(
  pages: Readonly<Record<string, Page>>,
): Promise<{ readonly address: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const page = pages[request.url ?? ""];
    if (page === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": page.contentType }).end(page.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
