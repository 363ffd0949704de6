import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { startChild } from "./support/child.js";
import { cleanup } from "./support/cleanup.js";
import { eventually } from "./support/eventually.js";
import { queryByLabel } from "./support/prometheus.js";
import { startUp } from "./support/up.js";
import { root } from "./support/venturi.js";

const { defer, temporaryFolder } = cleanup();

/** An app that knows nothing of Venturi: an Express server that calls itself, so that a waterfall has something to show. */
const routes = `
const app = express();
app.get("/stock/:sku", (request, response) => response.json({ sku: request.params.sku, count: 3 }));
app.get("/items/:id", async (request, response) => {
  const stock = await fetch(\`http://127.0.0.1:\${server.address().port}/stock/\${request.params.id}\`);
  response.json(await stock.json());
});
const server = app.listen(0, "127.0.0.1", () => console.log("listening on " + server.address().port));
`;
const apps = {
  cjs: { file: "app.cjs", source: `const express = require("express");${routes}` },
  esm: { file: "app.mjs", source: `import express from "express";${routes}` },
} as const;

async function npm(args: string[], cwd: string): Promise<string> {
  const child = startChild("npm", args, { cwd });
  const code = await child.exited;
  if (code !== 0) throw new Error(`npm ${args.join(" ")} ended with ${code}:\n${child.output()}`);
  return child.output();
}

let folder: string;
let apiUrl: string;
let otlpUrl: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  const packed = await npm(["pack", "--workspace", "instrumentation", "--pack-destination", folder, "--json"], root);
  const tarball = /"filename": "([^"]+)"/.exec(packed)?.[1] ?? "";
  const appFolder = join(folder, "app");
  await mkdir(appFolder);
  await writeFile(
    join(appFolder, "package.json"),
    JSON.stringify({ name: "own-app", version: "1.0.0", private: true }),
  );
  await npm(["install", "--no-audit", "--no-fund", "express@5", join(folder, tarball)], appFolder);
  for (const app of Object.values(apps)) await writeFile(join(appFolder, app.file), app.source);

  const up = await startUp(join(folder, "data"));
  defer(() => up.child.stop());
  ({ apiUrl, otlpUrl } = up);
}, 240_000);

interface JaegerSpan {
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly { readonly spanID: string }[];
}

test.each(Object.entries(apps))(
  "an Express app of one's own (%s) shows up with routes, p95 and a waterfall",
  async (kind, app) => {
    const service = `own-${kind}`;
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: otlpUrl,
      OTEL_SERVICE_NAME: service,
      OTEL_METRIC_EXPORT_INTERVAL: "1000",
      OTEL_BSP_SCHEDULE_DELAY: "200",
    };
    const child = startChild(process.execPath, ["--import", "@venturi/instrumentation/register", app.file], {
      cwd: join(folder, "app"),
      env,
    });
    defer(() => child.stop());
    const [, port] = await child.waitForOutput(/listening on (\d+)/);
    for (let i = 1; i <= 10; i++) await (await fetch(`http://127.0.0.1:${port}/items/${i}`)).arrayBuffer();

    const counts = await eventually("both routes are counted", async () => {
      const query = `sum by (http_route) (http_server_request_duration_seconds_count{job="${service}"})`;
      const byRoute = await queryByLabel(apiUrl, query, "http_route");
      return byRoute["/items/:id"] === 10 ? byRoute : undefined;
    });
    expect(counts).toEqual({ "/items/:id": 10, "/stock/:sku": 10 });

    const p95 = `histogram_quantile(0.95, sum by (le, http_route) (http_server_request_duration_seconds_bucket{job="${service}"}))`;
    const seconds = await queryByLabel(apiUrl, p95, "http_route");
    expect(seconds["/items/:id"]).toBeGreaterThan(0);

    const search = new URLSearchParams({ service, operation: "GET /items/:id", limit: "20", lookback: "1h" });
    const traces = await eventually("ten traces", async () => {
      const { data } = (await (await fetch(`${apiUrl}/api/traces?${search}`)).json()) as {
        data: { spans: JaegerSpan[] }[];
      };
      return data.length === 10 ? data : undefined;
    });
    for (const { spans } of traces) {
      const byId = new Map(spans.map((span) => [span.spanID, span]));
      const parent = (span: JaegerSpan | undefined): JaegerSpan | undefined =>
        byId.get(span?.references[0]?.spanID ?? "");
      const stock = spans.find((span) => span.operationName === "GET /stock/:sku");
      expect(parent(parent(stock))?.operationName).toBe("GET /items/:id");
    }
  },
);
