import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { BrowserGuard, type BrowserGuardSettings } from "./browser-guard.js";
import { HttpError, type Reply, textReply } from "./reply.js";
import { type Request, readRequest } from "./request.js";
import { sendReply } from "./send-reply.js";

export type Handler = (request: Request) => Promise<Reply>;

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Every answer gets these; HTML replies bring a content security policy of their own. */
const securityHeaders: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};

/**
 * Serves `handler` on one port.
 * @param port 0 for any free one
 * @throws {Error} one line when the port is taken or the host is not ours
 */
export async function startHttpServer(
  handler: Handler,
  options: BrowserGuardSettings & { host: string; port: number; log: (line: string) => void },
): Promise<RunningServer> {
  const guard = new BrowserGuard(options);
  const server = createServer({ requestTimeout: 120_000, headersTimeout: 20_000 }, (message, response) => {
    answer(handler, guard, message, response, options.log).catch(() => response.destroy());
  });
  await listen(server, options.host, options.port);
  const { port } = server.address() as AddressInfo;
  const name = options.host === "0.0.0.0" || options.host === "::" ? "127.0.0.1" : options.host;
  return {
    url: `http://${name.includes(":") ? `[${name}]` : name}:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        // A client that keeps a connection busy must not keep the store from closing.
        setTimeout(() => server.closeAllConnections(), 2000).unref();
      }),
  };
}

async function answer(
  handler: Handler,
  guard: BrowserGuard,
  message: IncomingMessage,
  response: ServerResponse,
  log: (line: string) => void,
): Promise<void> {
  const abort = new AbortController();
  response.on("close", () => {
    if (!response.writableFinished) abort.abort();
  });
  const verdict = guard.check(message);
  let reply: Reply;
  if (verdict.kind === "refused") reply = textReply(403, `${verdict.reason}\n`);
  else if (verdict.kind === "preflight") reply = { status: 204, headers: {}, body: "" };
  else reply = await replyOf(handler, message, abort.signal, log);
  if (response.destroyed) return;
  const headers: Record<string, string | number> = { ...securityHeaders, ...reply.headers };
  if (verdict.kind !== "refused") Object.assign(headers, verdict.headers);
  // An unread body means that the connection cannot be used again.
  if (!message.complete && (reply.status === 413 || reply.status === 403)) headers.connection = "close";
  await sendReply(message, response, reply, headers);
  if (!message.complete) message.resume();
}

async function replyOf(
  handler: Handler,
  message: IncomingMessage,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<Reply> {
  try {
    return await handler(readRequest(message, signal));
  } catch (error) {
    if (error instanceof HttpError) return textReply(error.status, `${error.message}\n`);
    log(`store: cannot answer ${message.method} ${pathOf(message)}: ${String(error)}`);
    return textReply(500, "internal error");
  }
}

function pathOf(message: IncomingMessage): string {
  return (message.url ?? "").split("?", 1)[0] ?? "";
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => reject(new Error(explain(cause, host, port), { cause }));
    server.once("error", onError);
    server.listen(port, host, () => {
      server.off("error", onError);
      resolve();
    });
  });
}

function explain(cause: NodeJS.ErrnoException, host: string, port: number): string {
  const what = `cannot listen on ${host}:${port}`;
  if (cause.code === "EADDRINUSE") return `${what}: the port is in use; stop the other program or choose another port`;
  if (cause.code === "EACCES") return `${what}: no permission for this port; choose one above 1023`;
  if (cause.code === "EADDRNOTAVAIL") return `${what}: this machine has no such address`;
  return `${what}: ${cause.message}`;
}
