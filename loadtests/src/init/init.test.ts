import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Trace } from "@venturi/analysis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openApiRoutes } from "./openapi.js";
import { starterScript } from "./starter-script.js";
import { traceRoutes } from "./trace-routes.js";
import { urlScript } from "./write-script.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "venturi-init-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function routesOf(text: string) {
  const file = join(folder, "api.yaml");
  await writeFile(file, text);
  return openApiRoutes(file);
}

describe("OpenAPI", () => {
  test("paths get example values, bodies follow their schema", async () => {
    const routes = await routesOf(`
openapi: 3.1.0
servers: [{ url: https://shop.example/v1/ }]
paths:
  /products/{id}:
    parameters: [{ $ref: "#/components/parameters/id" }]
    get: { parameters: [{ name: q, in: query, required: true, schema: { enum: [a b, c] } }] }
  /orders:
    post:
      requestBody:
        content:
          application/json:
            schema: { $ref: "#/components/schemas/Order" }
components:
  parameters: { id: { name: id, in: path, required: true, schema: { type: integer, minimum: 7 } } }
  schemas:
    Order:
      type: object
      required: [email, lines]
      properties:
        email: { type: string, format: email }
        note: { type: string }
        lines: { type: array, items: { type: object, properties: { count: { type: integer } } } }
        self: { $ref: "#/components/schemas/Order" }
`);
    expect(routes).toEqual([
      { method: "GET", template: "/v1/products/{id}", path: "/v1/products/7?q=a%20b", weight: 1 },
      {
        method: "POST",
        template: "/v1/orders",
        path: "/v1/orders",
        weight: 1,
        body: { email: "user@example.com", lines: [{ count: 1 }] },
      },
    ]);
  });

  test.each([
    ["swagger: '2.0'", /is not an OpenAPI 3 document/],
    ["a: [", /cannot read .*api\.yaml: /],
  ])("%s is refused in one line", async (text, message) => {
    await expect(routesOf(text)).rejects.toThrow(message);
  });
});

test("traces give routes in their shares, with paths that worked", () => {
  const trace = (path: string, method: string, route: string, error = false): Trace => ({
    traceId: path,
    spans: [
      {
        ...{ traceId: path, spanId: "1", parentSpanId: null, service: "web", instance: "", name: "x", kind: "server" },
        ...{ startUs: 0, durationUs: 10, error },
        attributes: { "http.request.method": method, "http.route": route, "url.path": path },
      },
    ],
  });
  const traces = [
    trace("/p/1", "GET", "/p/:id"),
    trace("/p/gone", "GET", "/p/:id", true),
    trace("/orders", "POST", "/orders"),
  ];
  expect(traceRoutes(traces, "web")).toEqual([
    { method: "GET", template: "/p/:id", path: "/p/1", weight: 2 },
    { method: "POST", template: "/orders", path: "/orders", weight: 1 },
  ]);
});

describe("script", () => {
  const routes = [
    { method: "GET", template: '/a"`$x', path: "/a\n\u2028b", weight: 3 },
    { method: "DELETE", template: "/a", path: "/a", weight: 1 },
  ];

  test("leaves data alone unless asked, and no name breaks out of its text", () => {
    const text = starterScript(routes, { baseUrl: "http://h/", source: "x\nimport evil" });
    expect(text).toContain('// changes data: { name: "DELETE /a"');
    expect(text).toContain('{ name: "GET /a\\"`$x", method: "GET", path: "/a\\n b", share: 3 },');
    expect(text.split("\n").filter((line) => line.startsWith("import "))).toHaveLength(2);
    expect(starterScript(routes, { baseUrl: "http://h", source: "x", unsafe: true })).not.toContain("changes data");
    expect(() => starterScript(routes.slice(1), { baseUrl: "http://h", source: "x" })).toThrow(
      "all routes change data",
    );
  });

  test("one URL is enough", () => {
    expect(urlScript("http://127.0.0.1:3000/search?q=1")).toContain('path: "/search?q=1"');
  });
});
