import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { renderFiles } from "./render.js";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));

describe("dashboards/dist", () => {
  const files = renderFiles();

  it("holds what the code builds and nothing else; if not: npm run build --workspace @venturi/dashboards", () => {
    const found = readdirSync(dist, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`.slice(dist.length).replace(/^\//, ""));
    expect(found.sort()).toEqual([...files.keys()].sort());
  });

  it.each([...files.keys()])("%s is up to date", (path) => {
    expect(readFileSync(dist + path, "utf8")).toBe(files.get(path));
  });

  it("is the same on every build", () => {
    expect([...renderFiles()]).toEqual([...files]);
  });
});
