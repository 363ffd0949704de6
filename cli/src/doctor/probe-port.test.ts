import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { probePort } from "./probe-port.js";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

test("HTTP/1.1", async () => {
  expect(await probePort("127.0.0.1", await listen(createHttpServer()))).toBe("http1");
});

test("HTTP/2, as gRPC speaks it", async () => {
  expect(await probePort("127.0.0.1", await listen(createHttp2Server()))).toBe("http2");
});

test("something else", async () => {
  expect(await probePort("127.0.0.1", await listen(createServer((socket) => socket.end("220 mail\r\n"))))).toBe(
    "other",
  );
});

test("nothing", async () => {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => servers.pop()?.close(resolve));
  expect(await probePort("127.0.0.1", port)).toBe("closed");
});
