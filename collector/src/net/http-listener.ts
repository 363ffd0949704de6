import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { StartError } from "../component.js";
import { parseHostPort } from "../config/schema-types.js";
import type { Logger } from "../telemetry/logger.js";
import { type PlainOptions, type PlainServer, servePlainly } from "./http1/plain-server.js";
import type { ServerTlsConfig } from "./tls-config.js";
import { clientCertificates, serverContext, watchContext } from "./tls-material.js";

export interface ListenOptions {
  /** For messages: `receiver "otlp"`. */
  readonly what: string;
  /** For messages: the option that names the address, `receivers::otlp::protocols::http::endpoint`. */
  readonly option: string;
  readonly endpoint: string;
  readonly handler: RequestListener;
  readonly tls?: ServerTlsConfig | undefined;
  /** Hears of certificates that changed. */
  readonly log?: Logger;
  readonly idleTimeoutMs?: number;
  readonly headersTimeoutMs?: number;
  /** Serves plain POST requests without `node:http`, which `handler` is for then. */
  readonly plain?: Pick<PlainOptions, "maxBodyBytes" | "isServed" | "answer"> | undefined;
}

/** An HTTP server that closes in bounded time. */
export interface HttpListener {
  /** host:port that was bound. */
  readonly address: string;
  /** Ends idle connections at once, and those with a request under way after `graceMs` at the latest. */
  close(graceMs?: number): Promise<void>;
}

const CLOSE_GRACE_MS = 1000;

/** @throws StartError, one line, when the address cannot be bound. */
export async function listenHttp(options: ListenOptions): Promise<HttpListener> {
  const server = create(options);
  server.keepAliveTimeout = options.idleTimeoutMs ?? 60_000;
  server.headersTimeout = options.headersTimeoutMs ?? 60_000;
  const plain = options.plain === undefined ? undefined : readPlainly(server, options, options.plain);
  const target = parseHostPort(options.endpoint);
  if (target === undefined) throw new Error(`BUG: unchecked endpoint ${options.endpoint}`);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(bindError(options, error)));
    server.listen(target.port, target.host, resolve);
  });
  const { address, port, family } = server.address() as AddressInfo;
  return {
    address: family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`,
    close: (graceMs = CLOSE_GRACE_MS) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          plain?.destroy();
          server.closeAllConnections();
        }, graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
        plain?.close();
      }),
  };
}

function readPlainly(server: Server, options: ListenOptions, plain: NonNullable<ListenOptions["plain"]>): PlainServer {
  return servePlainly(server, options.tls === undefined ? "connection" : "secureConnection", {
    ...plain,
    headersTimeoutMs: server.headersTimeout,
    requestTimeoutMs: server.requestTimeout,
    idleTimeoutMs: server.keepAliveTimeout,
  });
}

function create(options: ListenOptions): Server {
  if (options.tls === undefined) return createServer(options.handler);
  const { handler, log, tls, what } = options;
  const context = (): SecureContextOptions => serverContext(what, tls);
  const server = createTlsServer({ ...context(), ...clientCertificates(tls) }, handler);
  const stop = watchContext(tls, context, (changed) => server.setSecureContext(changed), log);
  return server.once("close", stop);
}

/** One line that says what is wrong with an address and what to do about it. */
export function bindError(
  options: Pick<ListenOptions, "what" | "option" | "endpoint">,
  error: NodeJS.ErrnoException,
): StartError {
  const why =
    error.code === "EADDRINUSE"
      ? `${options.endpoint} is already in use; stop the process that listens there or set ${options.option} to another port`
      : error.code === "EACCES"
        ? `${options.endpoint} is not allowed to this user; set ${options.option} to a port above 1023`
        : error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND"
          ? `${options.endpoint} is no address of this machine; correct ${options.option}`
          : `cannot listen on ${options.endpoint}: ${error.message}`;
  return new StartError(`cannot start ${options.what}: ${why}`, { cause: error });
}
