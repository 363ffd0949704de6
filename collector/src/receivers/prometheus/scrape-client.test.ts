import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { z } from "zod";
import { type Answer, startSink } from "../../testing/sink.test.fixture.js";
import { httpOptions } from "./http-options.js";
import { ScrapeClient } from "./scrape-client.js";

async function get(options: object, answer: (path: string, own: string) => Answer, bodyBytes = 1000) {
  const sink = await startSink();
  sink.answer = (request) => answer(request.path, sink.url);
  const client = new ScrapeClient("test", z.strictObject(httpOptions).parse(options));
  const limits = { bodyBytes, abort: AbortSignal.timeout(5000) };
  try {
    const page = await client.get(`${sink.url}/metrics`, { "x-own": "1" }, limits);
    return { text: page.body.toString(), page, requests: sink.requests };
  } finally {
    await client.close();
    await sink.close();
  }
}

test("basic and bearer credentials, from files too, are read again for each request", async () => {
  const folder = mkdtempSync(join(tmpdir(), "venturi-scrape-"));
  const file = join(folder, "secret");
  writeFileSync(file, "from-file\n");
  const ok = (): Answer => ({ status: 200, body: "a 1\n" });
  const authorization = async (options: object) => (await get(options, ok)).requests[0]?.headers.authorization;
  const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString("base64")}`;
  expect(await authorization({ basic_auth: { username: "u", password: "p" } })).toBe(basic("u:p"));
  expect(await authorization({ basic_auth: { username_file: file, password_file: file } })).toBe(
    basic("from-file:from-file"),
  );
  expect(await authorization({ authorization: { credentials: "t" } })).toBe("Bearer t");
  expect(await authorization({ authorization: { type: "Custom", credentials_file: file } })).toBe("Custom from-file");
  expect(await authorization({ bearer_token: "old" })).toBe("Bearer old");
  expect(await authorization({ bearer_token_file: file })).toBe("Bearer from-file");
  const { requests } = await get({ http_headers: { "X-Extra": { values: ["a"], secrets: ["b"], files: [file] } } }, ok);
  expect(requests[0]?.headers["x-extra"]).toBe("a, b, from-file");
  rmSync(folder, { recursive: true });
  await expect(authorization({ bearer_token_file: file })).rejects.toThrow("cannot read secret");
});

test("redirects are followed unless they shall not be", async () => {
  const redirect = (path: string, own: string): Answer =>
    path === "/metrics" ? { status: 302, headers: { location: `${own}/moved` } } : { status: 200, body: "moved 1\n" };
  expect((await get({}, redirect)).text).toBe("moved 1\n");
  await expect(get({ follow_redirects: false }, redirect)).rejects.toThrow("server returned HTTP status 302");
});

test("a body is inflated, and bounded before and after", async () => {
  const gzipped = (size: number): Answer => ({
    status: 200,
    body: gzipSync("x".repeat(size)),
    headers: { "content-encoding": "gzip", "content-type": "text/plain" },
  });
  const { text, page } = await get({}, () => gzipped(900));
  expect([text.length, page.contentType]).toEqual([900, "text/plain"]);
  await expect(get({}, () => gzipped(1_000_000))).rejects.toThrow("body size limit of 1000 bytes exceeded");
  await expect(get({}, () => ({ status: 200, body: "x".repeat(1001) }))).rejects.toThrow("body size limit of 1000");
});
