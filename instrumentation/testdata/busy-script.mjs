import { get, request } from "node:http";

// A script that ends by itself: it serves and calls, prints, and has nothing left to do.
const { createServer } = await import("node:http");
const server = createServer((incoming, response) => response.end(`${incoming.method} ${incoming.url}`));
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const base = `http://127.0.0.1:${server.address().port}`;
const bodyOf = (call, path) =>
  new Promise((resolve, reject) => {
    const outgoing = call(`${base}${path}`, async (response) => resolve((await response.toArray()).join("")));
    outgoing.on("error", reject).end();
  });
console.log(await bodyOf(get, "/got?sig=abc&x=1"));
console.log(await bodyOf(request, "/requested"));
server.close();
server.closeAllConnections();
process.exitCode = Number(process.argv[2] ?? 0);
