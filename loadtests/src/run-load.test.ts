import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LoadReport } from "./load-report.js";
import { LoadTestError } from "./load-test-error.js";
import { type RunLoadOptions, runLoad } from "./run-load.js";
import { type System, type SystemSettings, startSystem } from "./testing/system.js";

const k6Path = fileURLToPath(new URL("testing/k6-stand-in.mjs", import.meta.url));

let folder: string;
let system: System | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "venturi-loadtest-"));
});

afterEach(async () => {
  await system?.stop();
  system = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function load(
  scriptName: string,
  settings: SystemSettings = {},
  more: Partial<RunLoadOptions> = {},
): Promise<{ report: LoadReport; lines: string[] }> {
  system = await startSystem(settings);
  const script = join(folder, scriptName);
  await writeFile(script, "export default function () {}\n");
  const lines: string[] = [];
  const report = await runLoad({
    script,
    k6Path,
    env: { BASE_URL: system.url },
    prometheusUrl: system.url,
    jaegerUrl: `${system.url}/`,
    outDir: join(folder, "reports"),
    settle: { leastMs: 100, mostMs: 3_000 },
    progress: (line) => lines.push(line),
    ...more,
  });
  return { report, lines };
}

async function failure(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => "nothing failed",
    (reason: unknown) => reason,
  );
  if (!(error instanceof LoadTestError)) throw new Error(`not a LoadTestError: ${String(error)}`);
  expect(error.message).not.toContain("\n");
  return error.message;
}

test("a pool that is too small is named, reported and written", async () => {
  const { report, lines } = await load("checkout.js", { poolSize: 1, holdMs: 35 });
  expect(report.diagnosis.findings[0]).toMatchObject({ kind: "pool-wait", resource: { service: "desk" } });
  expect(report.load.requests).toBe(system?.requests);
  expect(report.load.endpoints.map(({ name }) => name)).toEqual(["/desk/{id}", "/broken"]);
  expect(report.load.failed).toBe(report.load.endpoints[1]?.requests);
  expect(report.timeline.length).toBeGreaterThan(0);
  expect(report.exemplars[0]?.rows[0]).toMatchObject({ service: "desk", name: "GET /desk" });
  expect(report.k6).toMatchObject({ version: "v1.8.1", exitCode: 0, thresholdsFailed: false });
  expect(report.k6.summary).toContain("stand-in summary");

  const end = lines.slice(-5).join("\n");
  expect(end).toMatch(/desk waits for its database pool/);
  expect(end).toMatch(/\d+ % of p95/);
  expect(end).toContain(`${report.id}.html`);
  expect(await readdir(join(folder, "reports"))).toEqual(
    ["html", "json", "samples.csv.gz"].map((ending) => `${report.id}.${ending}`),
  );
  expect(JSON.parse(await readFile(report.files.json, "utf8"))).toEqual(JSON.parse(JSON.stringify(report)));
  expect(await readFile(report.files.html, "utf8")).toMatch(/^<!doctype html>/);
});

test("a healthy system gets no finding, and a failed threshold keeps k6's exit code", async () => {
  const { report } = await load("threshold.js");
  expect(report.verdict).toMatch(/^No bottleneck at this load/);
  expect(report.diagnosis.findings.filter(({ kind }) => kind !== "errors")).toEqual([]);
  expect(report.k6).toMatchObject({ exitCode: 99, thresholdsFailed: true });
  expect(report.k6.messages.join()).toContain("thresholds on metrics");
});

test("an abort stops k6 gracefully and leaves a partial report", async () => {
  const abort = new AbortController();
  const watch = setInterval(() => (system?.requests ?? 0) > 100 && abort.abort(), 100);
  const { report } = await load("endless.js", {}, { signal: abort.signal });
  clearInterval(watch);
  expect(report.partial).toBe(true);
  expect(report.k6.exitCode).toBe(105);
  expect(report.load.requests).toBeGreaterThan(10);
  expect(report.diagnosis.traceCount).toBeGreaterThan(10);
});

test("what can't be run is one line", async () => {
  expect(await failure(load("broken.js"))).toBe(
    "k6 failed (exit code 107): SyntaxError: file:///broken.js: Unexpected token (3:7)",
  );
  await system?.stop();
  expect(await failure(load("idle.js"))).toBe("the script made no request, so there is nothing to diagnose");
  await system?.stop();
  expect(await failure(load("x.js", {}, { script: join(folder, "absent.js") }))).toMatch(
    /^there is no k6 script at .*absent\.js$/,
  );
  await system?.stop();
  expect(await failure(load("x.js", {}, { k6Path: join(folder, "no-k6") }))).toMatch(
    /^cannot run k6 at .*no-k6: .*ENOENT/,
  );
});

test("a system that sends no traces is told so", async () => {
  expect(await failure(load("x.js", { untraced: true }, { env: { BASE_URL: "", SECONDS: "1" } }))).toMatch(
    /made no request|k6 failed/,
  );
  await system?.stop();
  system = await startSystem({ untraced: true });
  const run = load("x.js", { untraced: true });
  expect(await failure(run)).toMatch(
    /^no traces of the time under load at Jaeger at http:.*\(it knows no service at all\): does the system send its traces there\?$/,
  );
});

test("a backend that is not there is named before any load is made", async () => {
  const port = await unusedPort();
  const message = await failure(load("x.js", {}, { jaegerUrl: `http://user:secret@127.0.0.1:${port}` }));
  expect(message).toBe(`cannot reach Jaeger at http://127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`);
  expect(system?.requests).toBe(0);
  await system?.stop();
  expect(await failure(load("x.js", {}, { prometheusUrl: "not a url" }))).toBe(
    "the URL of Prometheus is not valid: not a url",
  );
});

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
