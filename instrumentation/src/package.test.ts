import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";

/** Each test starts processes, which on a busy machine take seconds. */
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const room = fileURLToPath(new URL("..", import.meta.url));

interface Manifest {
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

test("the package holds every file that its exports name, and no tests", () => {
  const packed = execFileSync("npm", ["pack", "--dry-run", "--json", "--offline"], { cwd: room, encoding: "utf8" });
  const [content] = JSON.parse(packed) as { files: { path: string }[] }[];
  const paths = content?.files.map(({ path }) => path) ?? [];
  const { exports } = JSON.parse(readFileSync(`${room}/package.json`, "utf8")) as Manifest;
  const targets = Object.values(exports).flatMap((conditions) => Object.values(conditions));
  for (const target of targets) {
    expect(paths).toContain(target.slice("./".length));
    expect(existsSync(`${room}/${target}`)).toBe(true);
  }
  expect(paths.filter((path) => /\.test\.|testing\/|testdata|tsbuildinfo/.test(path))).toEqual([]);
});
