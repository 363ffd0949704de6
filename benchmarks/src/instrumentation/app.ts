/**
 * The app under test. Express is loaded by `require`, as in a CommonJS app: under an ES module's import the stock flag
 * loses every route. It tells its parent its port, and on request what it has used.
 */
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";

const require: NodeJS.Require = createRequire(import.meta.url);
const hopUrl = process.env.BENCH_HOP_URL ?? "";

interface Request {
  readonly params: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}
interface Response {
  setHeader(name: string, value: string): void;
  json(value: unknown): void;
  status(code: number): Response;
}
type Handler = (request: Request, response: Response, next: () => void) => unknown;
interface Router {
  get(path: string, ...handlers: Handler[]): void;
  post(path: string, ...handlers: Handler[]): void;
  use(...handlers: (Handler | string | Router)[]): void;
}
interface Express {
  (): Router & { listen(port: number, host: string, listening: () => void): Server };
  Router(): Router;
  json(): Handler;
}

/** What a process has used since it began. */
export interface Usage {
  readonly cpuMs: number;
  readonly rssBytes: number;
}

const express = require("express") as Express;
const app = express();
if (process.env.BENCH_PROM_BUNDLE === "true") {
  const bundle = require("express-prom-bundle") as (options: object) => Handler;
  app.use(
    bundle({
      includeMethod: true,
      includePath: true,
      includeStatusCode: true,
      promClient: { collectDefaultMetrics: {} },
    }),
  );
}
app.use(express.json());
const items = express.Router();
items.get("/items/:id", (request, response) => response.json({ id: request.params.id, name: "a thing", price: 9.5 }));
items.post("/orders", (request, response) => response.status(201).json({ accepted: request.body.quantity }));
items.get("/hop/:id", async (request, response) => {
  const answer = await fetch(`${hopUrl}/stock/${request.params.id}`);
  response.json({ id: request.params.id, stock: await answer.json() });
});
const step =
  (name: string): Handler =>
  (_request, response, next) => {
    response.setHeader(`x-${name}`, "1");
    next();
  };
items.get("/steps/:id", step("a"), step("b"), step("c"), step("d"), step("e"), (request, response) =>
  response.json({ id: request.params.id }),
);
app.use("/api/:tenant", items);

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1_000, rssBytes: process.memoryUsage.rss() };
}

const server = app.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ port, wallMs: performance.now(), ...usage() });
});
process.on("message", () => process.send?.(usage()));
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
