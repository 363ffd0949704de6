import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express, { type ErrorRequestHandler, type Express } from "express";
import type { ServiceName } from "../faults.js";
import { onShutdown } from "../lifecycle.js";
import type { FaultSwitches } from "./fault-switches.js";
import { HttpError } from "./http-error.js";

export interface ServiceSettings {
  readonly name: ServiceName;
  readonly faults: FaultSwitches;
  /** Adds the service's own routes. */
  readonly routes?: (app: Express) => void;
  /** Closes what the service opened: pools, clients, the queue. */
  readonly close?: () => Promise<void>;
  /** Extra fields for what the parent is told once the service listens. */
  readonly announce?: Record<string, unknown>;
  /** Extra fields for `GET /healthz`. */
  readonly health?: () => Record<string, unknown>;
}

/**
 * Serves one process of the shop over HTTP on HOST:PORT (127.0.0.1 and a free port by default), tells the parent the
 * port when there is a parent, and shuts down on SIGTERM, on SIGINT and when the parent is gone.
 */
export async function serve(settings: ServiceSettings): Promise<void> {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("trust proxy", "loopback");
  app.get("/healthz", (_request, response) => {
    response.json({ status: "ok", service: settings.name, ...settings.health?.() });
  });
  app.get("/faults", (_request, response) => {
    response.json(settings.faults.list());
  });
  app.post("/faults", express.json({ limit: "4kb" }), async (request, response) => {
    response.json(await settings.faults.switch(request.body));
  });
  settings.routes?.(app);
  app.use((request, response) => {
    response.status(404).json({ error: `no route ${request.method} ${request.path}` });
  });
  app.use(answerError);

  const server = createServer(app);
  await listen(server, Number(process.env.PORT ?? 0), process.env.HOST ?? "127.0.0.1");
  const { address, port } = server.address() as AddressInfo;
  onShutdown(async () => {
    await closeServer(server);
    await settings.close?.();
  });
  console.log(`${settings.name} listens on http://${address}:${port}`);
  process.send?.({ type: "listening", port, ...settings.announce });
}

/** Client mistakes keep their status and message; what nobody foresaw is a 500 whose message stays in the log. */
const answerError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  const status = statusOf(error);
  const foreseen = status < 500 || error instanceof HttpError;
  if (!foreseen) console.error(error);
  response.status(status).json({ error: foreseen ? (error as Error).message : "internal error" });
};

function statusOf(error: unknown): number {
  const status = (error as { status?: unknown }).status;
  return typeof status === "number" && status >= 400 && status < 600 ? status : 500;
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(new Error(`cannot listen on ${host}:${port}: ${cause.message}`, { cause })));
    server.listen(port, host, resolve);
  });
}

/** Lets running requests end for a moment, then cuts what is left. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), 500);
  await closed;
  clearTimeout(cut);
}
