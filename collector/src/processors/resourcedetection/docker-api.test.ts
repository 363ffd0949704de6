import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { makeAuthority, makeCertificate } from "../../testing/certificates.test.fixture.js";
import { dockerApi } from "./docker-api.js";

const undos: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of undos.splice(0).reverse()) await undo();
});

const NEVER = new AbortController().signal;

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  undos.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const daemon: RequestListener = (request, response) => {
  if (request.url === "/info") return void response.end('{"Name":"node-1"}');
  if (request.url === "/large") return void response.end(Buffer.alloc(5 << 20, 0x20));
  if (request.url === "/list") return void response.end("5");
  if (request.url !== "/silent") response.writeHead(404).end('{"message":"page not found"}');
};

test("over TCP", async () => {
  const host = await listen(createServer(daemon));
  const ask = dockerApi({ DOCKER_HOST: host });
  expect(await ask("/info", NEVER)).toEqual({ Name: "node-1" });
  await expect(ask("/other", NEVER)).rejects.toThrow(`cannot ask Docker at ${host}: status 404: {"message"`);
  await expect(ask("/large", NEVER)).rejects.toThrow("an answer of more than 4194304 bytes");
  await expect(ask("/list", NEVER)).rejects.toThrow("the answer is no object");
});

test("the time may be over", async () => {
  const stop = new AbortController();
  const host = await listen(
    createServer((request, response) => {
      daemon(request, response);
      stop.abort();
    }),
  );
  await expect(dockerApi({ DOCKER_HOST: host })("/silent", stop.signal)).rejects.toThrow("aborted");
});

test("over TLS, both show their certificates", async () => {
  const [ca, other] = await Promise.all([makeAuthority("ours"), makeAuthority("other")]);
  const pair = await makeCertificate("docker", ca);
  const host = await listen(createTlsServer({ ...pair, ca: ca.cert, requestCert: true }, daemon));
  const folderOf = (authority: string): string => {
    const folder = mkdtempSync(join(tmpdir(), "venturi-docker-"));
    undos.push(() => rmSync(folder, { recursive: true }));
    for (const [name, text] of [
      ["ca", authority],
      ["cert", pair.cert],
      ["key", pair.key],
    ] as const) {
      writeFileSync(join(folder, `${name}.pem`), text);
    }
    return folder;
  };
  const ask = (authority: string, verify: string): Promise<unknown> =>
    dockerApi({ DOCKER_HOST: host, DOCKER_CERT_PATH: folderOf(authority), DOCKER_TLS_VERIFY: verify })("/info", NEVER);
  expect(await ask(ca.cert, "1")).toEqual({ Name: "node-1" });
  await expect(ask(other.cert, "1")).rejects.toThrow(
    /cannot ask Docker at tcp:.*(self-signed|unable to verify|signature)/,
  );
  expect(await ask(other.cert, "")).toEqual({ Name: "node-1" });
});
