import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { wrapScript } from "@venturi/loadtest";
import { resolveTool } from "@venturi/tools";
import { beforeAll, expect, test } from "vitest";
import { cleanup } from "./support/cleanup.js";
import { root } from "./support/venturi.js";

const run = promisify(execFile);
const { defer, temporaryFolder } = cleanup();

/** Scripts of k6's own repository, as k6's users know them. They ask httpbin.org, which is here. */
const examples = [
  "http_verbs.js",
  "cookies.js",
  "custom_metrics.js",
  "tagging.js",
  "json.js",
  "html_form_post.js",
  "http_basic_auth.js",
  "redirects.js",
  "logging.js",
  "crypto.js",
];

let folder = "";
let scripts = "";
let k6 = "";
let seen: string[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  k6 = (await resolveTool("k6")).path;
  const module = { cwd: join(root, "tools", "go", "k6") };
  await run("go", ["mod", "download", "go.k6.io/k6"], module);
  const list = ["list", "-m", "-f", "{{.Dir}}", "go.k6.io/k6"];
  const { stdout } = await run("go", list, module);
  scripts = join(stdout.trim(), "examples");
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      seen.push(told(request, body));
      response.setHeader("content-type", "application/json");
      const cookie = /^\/cookies\/set\?(.*)/.exec(request.url ?? "")?.[1];
      if (cookie !== undefined) {
        response.setHeader(
          "set-cookie",
          cookie.split("&").map((pair) => `${pair}; Path=/`),
        );
        response.writeHead(302, { location: "/cookies" });
      }
      response.end(JSON.stringify(echo(request, body)));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  defer(() => new Promise<void>((done) => server.close(() => done())));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await writeFile(join(folder, "k6.json"), JSON.stringify({ hosts: { "httpbin.org": address } }));
});

/** What httpbin.org says of a request, as far as the scripts look at it. */
function echo({ url, headers }: IncomingMessage, body: string): object {
  const { searchParams } = new URL(url ?? "/", "http://httpbin.org");
  const cookies = (headers.cookie ?? "").split("; ").map((pair) => pair.split("="));
  const isJson = headers["content-type"]?.includes("json") === true;
  return {
    args: Object.fromEntries(searchParams),
    form: isJson ? {} : Object.fromEntries(new URLSearchParams(body)),
    json: isJson ? JSON.parse(body) : null,
    cookies: Object.fromEntries(cookies),
    authenticated: headers.authorization !== undefined,
    headers: {},
  };
}

/** A request without the trace context, which is what may differ. */
function told({ method, url, rawHeaders }: IncomingMessage, body: string): string {
  const headers = rawHeaders.flatMap((name, at) => {
    if (at % 2 === 1 || name.toLowerCase() === "traceparent") return [];
    const value = rawHeaders[at + 1] ?? "";
    // k6 writes cookies in any order.
    return [`${name}: ${name.toLowerCase() === "cookie" ? value.split("; ").sort().join("; ") : value}`];
  });
  return [`${method} ${url}`, ...headers.sort(), body].join("\n");
}

interface Outcome {
  readonly code: number;
  readonly requests: readonly string[];
  readonly checks: unknown;
  readonly iterations: unknown;
}

/** Runs k6 twice over the script, and says what came of it. */
async function outcome(script: string, input?: string): Promise<Outcome> {
  seen = [];
  const summary = join(folder, "summary.json");
  const config = ["--config", join(folder, "k6.json"), "--iterations", "2", "--vus", "1", "--max-redirects", "3"];
  const args = ["run", "--quiet", "--no-usage-report", "--address", "", ...config, "--summary-export", summary];
  const child = run(k6, [...args, input === undefined ? script : "-"], { timeout: 60_000 });
  child.child.stdin?.end(input);
  const code = await child.then(
    () => 0,
    (error: { code: number }) => error.code,
  );
  const { root_group, metrics } = JSON.parse(await readFile(summary, "utf8")) as {
    root_group: unknown;
    metrics: Record<string, unknown>;
  };
  const { count } = (metrics.iterations ?? {}) as { count?: number };
  return { code, requests: [...seen].sort(), checks: withoutIds(root_group), iterations: count };
}

function withoutIds(group: unknown): unknown {
  return JSON.parse(JSON.stringify(group, (name, value) => (name === "id" || name === "path" ? undefined : value)));
}

test.each(examples)("%s runs unchanged", async (name) => {
  const script = join(scripts, name);
  const plain = await outcome(script);
  const wrapped = await outcome(script, wrapScript(script, 1));
  expect(wrapped).toEqual(plain);
  expect(plain.iterations).toBe(2);
});

test("scenarios, thresholds, setup, handleSummary and files beside the script", async () => {
  const script = join(folder, "own.js");
  await writeFile(join(folder, "data.json"), '{"name": "from the file"}');
  await writeFile(
    script,
    `import http from "k6/http";
import { check, group } from "k6";
const data = JSON.parse(open("./data.json"));
export const options = {
  scenarios: {
    buy: { executor: "per-vu-iterations", vus: 1, iterations: 1, exec: "buy", env: { WHAT: "lamp" } },
    look: { executor: "per-vu-iterations", vus: 1, iterations: 1, exec: "look", startTime: "100ms", tags: { kind: "look" } },
  },
  thresholds: { checks: ["rate>0.99"], "http_reqs{kind:look}": ["count==0"] },
};
export function setup() { return { token: "t" }; }
export function buy({ token }) {
  group("buying", () => check(http.post("http://httpbin.org/post", { what: __ENV.WHAT, token }), { sold: (r) => r.status === 200 }));
}
export function look() { check(http.get("http://httpbin.org/get?q=" + data.name.length), { seen: (r) => r.json().args.q === "13" }); }
export function teardown({ token }) { http.del("http://httpbin.org/delete?t=" + token); }
export function handleSummary(summary) { return { [${JSON.stringify(join(folder, "summary.json"))}]: JSON.stringify({
  root_group: summary.root_group, metrics: { iterations: summary.metrics.iterations.values } }) }; }
`,
  );
  const outcomeOf = async (input?: string) => {
    seen = [];
    const config = ["--config", join(folder, "k6.json")];
    const child = run(k6, ["run", "--quiet", "--address", "", ...config, input === undefined ? script : "-"]);
    child.child.stdin?.end(input);
    const code = await child.then(
      () => 0,
      (error: { code: number }) => error.code,
    );
    const summary = JSON.parse(await readFile(join(folder, "summary.json"), "utf8"));
    return {
      code,
      requests: [...seen].sort(),
      checks: withoutIds(summary.root_group),
      iterations: summary.metrics.iterations.count,
    };
  };
  const plain = await outcomeOf();
  expect(plain).toMatchObject({ code: 99, iterations: 2 });
  expect(plain.requests).toHaveLength(3);
  expect(await outcomeOf(wrapScript(script, 1))).toEqual(plain);
});
