import { access, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { scriptToRun } from "./script-source.js";

test("a script of one's own runs as it is, with load options as k6's", async () => {
  const source = { vus: "5", duration: "10s", stages: "10s:5,1m:50" };
  expect(await scriptToRun("a.js", ["-e", "X=1"], source)).toMatchObject({
    script: "a.js",
    k6Args: ["--vus", "5", "--stage", "10s:5", "--stage", "1m:50", "--duration", "10s", "-e", "X=1"],
  });
});

test("a URL is made into a script, which is taken away again", async () => {
  const made = await scriptToRun("-e", ["X=1"], { url: "http://127.0.0.1:3000/a?b=1", rate: "20", duration: "5s" });
  expect(made.k6Args).toEqual(["-e", "RATE=20", "-e", "DURATION=5s", "-e", "X=1"]);
  expect(await readFile(made.script, "utf8")).toContain('path: "/a?b=1"');
  await made.remove();
  await expect(access(made.script)).rejects.toThrow("ENOENT");
});

test.each([
  [undefined, {}, "give a k6 script, or --url"],
  ["a.js", { openapi: "x.yaml" }, "--openapi needs --url"],
  ["a.js", { rate: "5" }, "--rate needs --url"],
  [undefined, { url: "localhost" }, 'cannot use --url "localhost"'],
])("%s with %j is refused", async (script, source, message) => {
  await expect(scriptToRun(script, [], source)).rejects.toThrow(message);
});
