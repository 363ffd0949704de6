import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { converse, type EchoServers, startEchoServers } from "./echo-servers.test.fixture.js";

let servers: EchoServers;

beforeAll(async () => {
  servers = await startEchoServers();
});

afterAll(() => servers.close());

async function expectSame(bytes: Buffer, pieces: readonly Buffer[] = [bytes]): Promise<string[]> {
  const [ours, theirs] = await Promise.all([converse(servers.plain, pieces), converse(servers.node, pieces)]);
  expect(ours, JSON.stringify(bytes.toString("latin1").slice(0, 2000))).toEqual(theirs);
  return ours;
}

const post = (path: string, body: string, headers = ""): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;

describe("plain requests", () => {
  it("are served without node:http, one after the other, also when they arrive in one piece", async () => {
    const before = servers.servedPlainly();
    const answers = await expectSame(
      Buffer.from(post("/a", "one") + post("/b", "two") + post("/a", "") + post("/b", "")),
    );
    expect(answers).toEqual(["200 /a   one", "200 /b   two", "200 /a   ", "200 /b   "]);
    expect(servers.servedPlainly() - before).toBe(4);
  });

  it("may arrive in any pieces", async () => {
    const bytes = Buffer.from(
      post("/a", "hello", "content-type: text/x\r\nContent-Encoding:\tgzip \r\n") + post("/b", "world!"),
    );
    for (let cut = 1; cut < bytes.length; cut += 3) {
      await expectSame(bytes, [bytes.subarray(0, cut), bytes.subarray(cut)]);
    }
    await expectSame(
      bytes,
      Array.from(bytes, (byte) => Buffer.from([byte])),
    );
  });

  it("may have a body larger than a read", async () => {
    const body = "x".repeat(99_000);
    const answers = await expectSame(Buffer.from(post("/a", body) + post("/a", "after")));
    expect(answers).toEqual([`200 /a   ${body}`, "200 /a   after"]);
  });

  it("may be followed by one that is not plain, and that by plain ones", async () => {
    const chunked = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    const answers = await expectSame(Buffer.from(post("/a", "1") + chunked + post("/b", "3") + post("/c", "4")));
    expect(answers).toEqual(["200 /a   1", "200 /a   abc", "200 /b   3", "200 /c   4"]);
  });
});

describe("what could be read in two ways is read as node:http reads it", () => {
  const start = "POST /a HTTP/1.1\r\n";
  const cases: Record<string, string> = {
    "two lengths": `${start}Host: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`,
    "the same length twice": `${start}Host: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc`,
    "a list of lengths": `${start}Host: x\r\nContent-Length: 3, 3\r\n\r\nabc`,
    "length and chunked": `${start}Host: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    "chunked and length": `${start}Host: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 30\r\n\r\n0\r\n\r\n`,
    "an odd transfer encoding": `${start}Host: x\r\nTransfer-Encoding: xchunked\r\n\r\n`,
    "space before the colon": `${start}Host: x\r\nContent-Length : 3\r\n\r\nabc`,
    "a name that begins with a space": `${start}Host: x\r\n Content-Length: 3\r\n\r\nabc`,
    "a folded line": `${start}Host: x\r\nContent-Length: 3\r\nX: a\r\n b\r\n\r\nabc`,
    "a sign": `${start}Host: x\r\nContent-Length: +3\r\n\r\nabc`,
    "a hexadecimal length": `${start}Host: x\r\nContent-Length: 0x3\r\n\r\nabc`,
    "an empty length": `${start}Host: x\r\nContent-Length:\r\n\r\nabc`,
    "a length of many digits": `${start}Host: x\r\nContent-Length: 00000000000000000003\r\n\r\nabc`,
    "a length beyond 64 bits": `${start}Host: x\r\nContent-Length: 18446744073709551619\r\n\r\nabc`,
    "line feeds alone": "POST /a HTTP/1.1\nHost: x\nContent-Length: 3\n\nabc",
    "a line feed alone within": `${start}Host: x\nContent-Length: 3\r\n\r\nabc`,
    "a carriage return alone": `${start}Host: x\r\nX: a\rb\r\nContent-Length: 3\r\n\r\nabc`,
    "a NUL in a value": `${start}Host: x\r\nX: a\0b\r\nContent-Length: 3\r\n\r\nabc`,
    "no host": `${start}Content-Length: 3\r\n\r\nabc`,
    "two hosts": `${start}Host: x\r\nHost: y\r\nContent-Length: 3\r\n\r\nabc`,
    "an empty host": `${start}Host:\r\nContent-Length: 3\r\n\r\nabc`,
    "an absolute path": "POST http://x/a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.0": "POST /a HTTP/1.0\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.2": "POST /a HTTP/1.2\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
    "two spaces": "POST  /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
    "an empty line before": `\r\n${post("/a", "abc")}`,
    "an empty line between": `${post("/a", "abc")}\r\n${post("/a", "def")}`,
    "lower case": "post /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
    "connection: close": post("/a", "abc", "Connection: close\r\n") + post("/a", "never"),
    "connection: a list": post("/a", "abc", "Connection: keep-alive, X\r\n") + post("/a", "def"),
    "an upgrade": post("/a", "abc", "Connection: Upgrade\r\nUpgrade: h2c\r\n"),
    expect: post("/a", "abc", "Expect: 100-continue\r\n"),
    "an odd expectation": post("/a", "abc", "Expect: tea\r\n"),
    "no length": `${start}Host: x\r\n\r\n`,
    "many headers": post("/a", "abc", "X: y\r\n".repeat(90)),
    "a long head": post("/a", "abc", `X: ${"y".repeat(12_000)}\r\n`),
    "a head that is too long": post("/a", "abc", `X: ${"y".repeat(20_000)}\r\n`),
    "a query": post("/a?x=1", "abc"),
    "bytes above ASCII": post("/a", "abc", "X: \xe4\r\n"),
    "a get": "GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
    "a body cut short": "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\n\r\nabc",
    nonsense: "\x16\x03\x01\x02\x00\x01\x00",
  };
  for (const [name, text] of Object.entries(cases)) {
    it(name, async () => {
      const bytes = Buffer.from(text, "latin1");
      const alone = await expectSame(bytes);
      // node:http forgets the answer under way when what follows is bad; here the first request keeps its answer.
      const behind = await converse(servers.plain, [Buffer.from(post("/b", "first") + text, "latin1")]);
      expect(behind).toEqual(["200 /b   first", ...alone]);
    });
  }
});
