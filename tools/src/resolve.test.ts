import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { installFromArchive } from "./archive.js";
import { pins } from "./pins.js";
import { cacheDir, cachedPath, resolveTool, ToolNotFoundError } from "./resolve.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "venturi-tools-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function program(path: string, prints: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "${prints}"\n`);
  await chmod(path, 0o755);
  return path;
}

describe("resolveTool", () => {
  const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({ PATH: "", VENTURI_CACHE_DIR: folder, ...more });

  test("takes the environment variable first", async () => {
    const k6 = await program(join(folder, "own"), "k6 v1.2.3 (go1.24)");
    const onPath = await program(join(folder, "bin", "k6"), "k6 v1.0.0");
    const found = await resolveTool("k6", { env: env({ K6_BIN: k6, PATH: dirname(onPath) }) });
    expect(found).toEqual({ name: "k6", path: k6, from: "environment" });
  });

  test("a variable that names something else is one clear line, not a fallback", async () => {
    const other = await program(join(folder, "other"), "I am something else");
    await expect(resolveTool("k6", { env: env({ K6_BIN: other }) })).rejects.toThrow(
      /cannot use K6_BIN=.*not an executable k6/,
    );
  });

  test("passes over a program on PATH that has only the name", async () => {
    const wrong = await program(join(folder, "a", "jaeger"), "hello");
    const right = await program(join(folder, "b", "jaeger"), "v2.13.0");
    const found = await resolveTool("jaeger", { env: env({ PATH: `${dirname(wrong)}:${dirname(right)}` }) });
    expect(found).toEqual({ name: "jaeger", path: right, from: "PATH" });
  });

  test("finds what an earlier run built into the cache", async () => {
    const cached = await program(cachedPath(pins.k6, pins.k6.version, env()), "k6 v1.8.1");
    expect(await resolveTool("k6", { env: env() })).toEqual({ name: "k6", path: cached, from: "cache" });
  });

  test("says what to do when it may not install", async () => {
    const missing = resolveTool("otelcol", { env: env(), install: false });
    await expect(missing).rejects.toThrow(ToolNotFoundError);
    await expect(missing).rejects.toThrow(/set OTELCOL_BIN/);
  });

  test("the cache is outside the checkout", () => {
    expect(cacheDir({ XDG_CACHE_HOME: "/x" })).toBe("/x/venturi");
  });
});

describe("installFromArchive", () => {
  test("refuses an archive whose SHA-256 differs, before unpacking", async () => {
    const server = createServer((_request, response) => response.end("not the archive"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/k6.tar.gz`;
      const target = join(folder, "k6");
      const pin = { version: "1", url, sha256: "0".repeat(64), member: "k6" };
      await expect(installFromArchive(pin, target)).rejects.toThrow(/cannot trust .* pinned is 0000/);
    } finally {
      server.close();
    }
  });
});
