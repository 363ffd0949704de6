import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { identifyService } from "./resource.js";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "venturi-service-"));
});

afterEach(() => rmSync(directory, { recursive: true }));

function write(path: string, content: string): string {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

test("the nearest package.json with a name, upwards from the main script", () => {
  write("package.json", '{"name":"shop","version":"1.2.3"}');
  write("dist/package.json", '{"type":"commonjs"}');
  write("dist/broken/package.json", "{");
  const script = write("dist/broken/app.js", "");
  expect(identifyService(script, "/")).toEqual({ name: "shop", version: "1.2.3" });
  expect(identifyService(script.slice(0, -3), "/").name).toBe("shop");
});

test("a tool's script stands for the package in the working directory", () => {
  write("package.json", '{"name":"shop"}');
  const tool = write("node_modules/nest/bin/nest.js", "");
  write("node_modules/nest/package.json", '{"name":"nest"}');
  mkdirSync(join(directory, "node_modules/.bin"));
  symlinkSync(tool, join(directory, "node_modules/.bin/nest"));
  expect(identifyService(join(directory, "node_modules/.bin/nest"), directory)).toEqual({
    name: "shop",
    version: undefined,
  });
});

test("no package at all", () => {
  expect(identifyService(undefined, "/")).toEqual({ name: "unknown_service:node", version: undefined });
});
