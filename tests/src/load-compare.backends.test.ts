import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePorts } from "./support/ports.js";
import { venturi } from "./support/venturi.js";

const run = promisify(execFile);

/** A service of two routes; `slowMs` is what the second takes. */
const service = (slowMs: number): string => `
import { createServer } from "node:http";
const busy = (ms) => new Promise((done) => setTimeout(done, ms + Math.random() * 4));
createServer(async (request, response) => {
  await busy(request.url === "/slow" ? ${slowMs} : 10);
  response.end("ok");
}).listen(Number(process.env.PORT), "127.0.0.1");
`;

const script = `
import http from "k6/http";
export const options = { vus: 4, duration: "2s" };
export default function () {
  http.get(__ENV.BASE_URL + "/fast");
  http.get(__ENV.BASE_URL + "/slow");
}
`;

let repository = "";
let port = 0;

beforeAll(async () => {
  repository = await mkdtemp(join(tmpdir(), "venturi-compare-"));
  [port = 0] = await freePorts(1);
  const git = (...args: string[]) =>
    run("git", ["-C", repository, "-c", "user.name=test", "-c", "user.email=test@example.com", ...args]);
  await git("init", "--quiet");
  for (const slowMs of [20, 20, 40]) {
    await writeFile(join(repository, "server.mjs"), service(slowMs));
    await writeFile(join(repository, "count.txt"), String(Math.random()));
    await git("add", ".");
    await git("commit", "--quiet", "-m", `${slowMs} ms`);
  }
  await writeFile(join(repository, "load.js"), script);
});

afterAll(() => rm(repository, { recursive: true, force: true }));

async function cli(args: string[]): Promise<{ code: number | null; output: string }> {
  const child = venturi(args, { cwd: repository });
  const code = await child.exited;
  return { code, output: child.output() };
}

const compare = (base: string, candidate: string, ...more: string[]) => {
  const url = `http://127.0.0.1:${port}`;
  const revision = ["--start", `PORT=${port} node server.mjs`, "--ready", `${url}/fast`];
  const args = [
    "load",
    "compare",
    base,
    candidate,
    "--script",
    "load.js",
    "--interleave",
    "4",
    "--min-change",
    "20",
    ...revision,
    ...more,
  ];
  return cli([...args, "--", "-e", `BASE_URL=${url}`]);
};

test("a commit that made one route slower is found, by name", { timeout: 120_000 }, async () => {
  const outputs = ["--json", "c.json", "--markdown", "c.md", "--junit", "c.xml"];
  const { code, output } = await compare("HEAD~1", "HEAD", "--fail-on", "regression", ...outputs);
  expect(output).toMatch(/HEAD compared with HEAD~1, 4 rounds each/);
  const comparison = JSON.parse(await readFile(join(repository, "c.json"), "utf8"));
  const changeOf = (endpoint: string): number =>
    comparison.rows.find(
      (row: { endpoint: string; metric: string }) => row.endpoint === endpoint && row.metric === "p50",
    ).change;
  expect(changeOf("GET /slow")).toBeGreaterThan(0.4);
  expect(changeOf("GET /slow")).toBeGreaterThan(changeOf("GET /fast") + 0.2);
  // On a busy machine four short rounds may be too few to be sure; what was written and the exit status agree in any case.
  expect(code).toBe(comparison.regressions > 0 ? 98 : 0);
  expect(await readFile(join(repository, "c.md"), "utf8")).toContain(comparison.verdict.split(":")[0]);
  expect(await readFile(join(repository, "c.xml"), "utf8")).toContain(`failures="${comparison.regressions}"`);
  // The user's repository is as it was.
  const { stdout: worktrees } = await run("git", ["-C", repository, "worktree", "list"]);
  expect(worktrees.trim().split("\n")).toHaveLength(1);
});

test("two commits of the same code don't differ", { timeout: 120_000 }, async () => {
  const { code, output } = await compare("HEAD~2", "HEAD~1", "--fail-on", "regression");
  expect(output).toContain("No difference could be shown.");
  expect(code).toBe(0);
});

test("what cannot be compared is one line", { timeout: 60_000 }, async () => {
  const unknown = await compare("no-such-revision", "HEAD");
  expect(unknown.code).toBe(1);
  expect(unknown.output).toMatch(/cannot check out no-such-revision: .*invalid reference/);
  const reports = await cli(["load", "compare", "a", "b"]);
  expect(reports.output).toMatch(/there is no report .*a\.json \(venturi load run writes one\)/);
});
