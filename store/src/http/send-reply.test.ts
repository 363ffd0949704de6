import { request } from "node:http";
import { gunzipSync, inflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningServer, startHttpServer } from "./http-server.js";
import { jsonTextReply, type Reply, textReply } from "./reply.js";

const large = "value ".repeat(10_000);
/** Ends when the endless answer is made no more. */
let stopped!: () => void;
const isStopped = new Promise<void>((resolve) => {
  stopped = resolve;
});

function* numbers(count: number): Generator<string> {
  for (let index = 0; index < count; index++) yield `${index},`;
}

function* withoutEnd(): Generator<string> {
  try {
    for (;;) yield large;
  } finally {
    stopped();
  }
}

const replies: Readonly<Record<string, () => Reply>> = {
  "/small": () => textReply(200, "small"),
  "/large": () => textReply(200, large),
  "/picture": () => ({ status: 200, headers: { "content-type": "image/png" }, body: Buffer.from(large) }),
  "/stream": () => jsonTextReply(200, numbers(100_000)),
  "/endless": () => jsonTextReply(200, withoutEnd()),
};

let server: RunningServer;

beforeAll(async () => {
  const handler = async ({ path }: { path: string }): Promise<Reply> => (replies[path] as () => Reply)();
  server = await startHttpServer(handler, { host: "127.0.0.1", port: 0, log: () => undefined });
});

afterAll(() => server.close());

/** Without the decompression that fetch does on its own. */
function ask(path: string, accepted: string, method = "GET") {
  return new Promise<{ encoding: string | undefined; length: string | undefined; body: Buffer }>((resolve, reject) => {
    const sent = request(`${server.url}${path}`, { method, headers: { "accept-encoding": accepted } }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const { "content-encoding": encoding, "content-length": length } = response.headers;
        resolve({ encoding, length, body: Buffer.concat(parts) });
      });
    });
    sent.on("error", reject).end();
  });
}

describe("answers", () => {
  test("text of some length is compressed when the client takes it", async () => {
    const packed = await ask("/large", "gzip, deflate, br");
    expect(packed.encoding).toBe("gzip");
    expect(packed.body.length).toBeLessThan(large.length / 10);
    expect(Number(packed.length)).toBe(packed.body.length);
    expect(gunzipSync(packed.body).toString()).toBe(large);
    const deflated = await ask("/large", "br, deflate;q=0.5");
    expect(deflated.encoding).toBe("deflate");
    expect(inflateSync(deflated.body).toString()).toBe(large);
  });

  test.each([
    ["/large", "identity"],
    ["/large", "br"],
    ["/large", "gzip;q=0, deflate;q=0.0"],
    ["/small", "gzip"],
    ["/picture", "gzip"],
  ])("%s goes as it is with %s", async (path, accepted) => {
    const { encoding, body } = await ask(path, accepted);
    expect(encoding).toBeUndefined();
    expect(body.toString()).toBe(path === "/small" ? "small" : large);
  });

  test("what is made in pieces is whole, packed or not", async () => {
    const expected = [...numbers(100_000)].join("");
    const plain = await ask("/stream", "identity");
    expect(plain.body.toString()).toBe(expected);
    expect(plain.length).toBeUndefined();
    expect(gunzipSync((await ask("/stream", "gzip")).body).toString()).toBe(expected);
  });

  test("HEAD has the length and no body", async () => {
    const { length, body } = await ask("/large", "identity", "HEAD");
    expect(Number(length)).toBe(large.length);
    expect(body).toHaveLength(0);
    expect((await ask("/stream", "gzip", "HEAD")).body).toHaveLength(0);
  });

  test("an answer without end is made no longer when the reader goes away", async () => {
    const sent = request(`${server.url}/endless`, (response) => response.once("data", () => response.destroy()));
    sent.end();
    await isStopped;
  });
});
