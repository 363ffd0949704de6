import { expect, test } from "vitest";
import { startChild } from "./support/child.js";
import { root } from "./support/venturi.js";

test("docker-compose accepts the compose file, and every image has a pinned tag", async () => {
  const run = startChild("docker-compose", ["-f", "docker-compose.yml", "config"], { cwd: root });
  expect(await run.exited, run.output()).toBe(0);
  const images = [...run.output().matchAll(/^\s+image: (.+)$/gm)].map((match) => match[1] ?? "");
  expect(images.length).toBeGreaterThanOrEqual(5);
  for (const image of images) expect(image).toMatch(/:v?\d+\.\d+[\w.-]*$/);
});
