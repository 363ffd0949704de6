import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../testing/test-store.js";
import { staticFile } from "./static-files.js";

async function site(): Promise<string> {
  const root = await temporaryDirectory();
  await mkdir(join(root, "ui", "assets"), { recursive: true });
  await writeFile(join(root, "secret.txt"), "secret");
  await writeFile(join(root, "ui", "index.html"), "<!doctype html>pages");
  await writeFile(join(root, "ui", "assets", "app-3fa9c1d2.js"), "export {};");
  await symlink(join(root, "secret.txt"), join(root, "ui", "link.txt"));
  return join(root, "ui");
}

test("serves files, and the start page for paths of the pages' own", async () => {
  const ui = await site();
  for (const path of ["/", "/index.html", "/traces/abc", "/assets/"]) {
    const reply = await staticFile(ui, path);
    expect(`${path} ${reply.status} ${reply.body}`).toBe(`${path} 200 <!doctype html>pages`);
    expect(reply.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(reply.headers["content-security-policy"]).toContain("default-src 'self'");
    expect(reply.headers["cache-control"]).toBe("no-cache");
  }
  const script = await staticFile(ui, "/assets/app-3fa9c1d2.js");
  expect(script.headers["content-type"]).toBe("text/javascript; charset=utf-8");
  expect(script.headers["cache-control"]).toContain("immutable");
});

test("never leaves the directory", async () => {
  const ui = await site();
  for (const path of [
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/link.txt",
    "/assets/%00.js",
    "/x.js",
  ]) {
    const reply = await staticFile(ui, path);
    expect(`${path} ${reply.status}`).toBe(`${path} 404`);
  }
  await expect(staticFile(ui, "/%zz")).rejects.toMatchObject({ status: 400 });
});
