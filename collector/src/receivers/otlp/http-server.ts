import type { IncomingMessage, ServerResponse } from "node:http";
import type { Signal } from "@venturi/otlp";
import { serverAuth } from "../../auth/authenticator.js";
import type { ComponentHost } from "../../component.js";
import { BodyError, inflateBody, readBody } from "../../net/http-body.js";
import { type HttpListener, listenHttp } from "../../net/http-listener.js";
import { beginAnswer, hasRules, refusedEncoding } from "../../net/http-server-rules.js";
import type { PlainRequest } from "../../net/http1/plain-connection.js";
import type { Reply } from "../../net/http1/reply.js";
import { CODE } from "../../net/rpc-status.js";
import {
  answerBody,
  contentTypeOf,
  errorReply,
  internalReply,
  statusReply,
  textReply,
  UNSUPPORTED_TYPE,
} from "./answer.js";
import type { HttpConfig } from "./config.js";
import type { Intake } from "./intake.js";

export type Intakes = Partial<Readonly<Record<Signal, Intake>>>;

interface Route {
  readonly signal: Signal;
  readonly intake: Intake;
}

/** OTLP/HTTP. @throws StartError when the address cannot be bound. */
export function startHttpServer(config: HttpConfig, intakes: Intakes, host: ComponentHost): Promise<HttpListener> {
  const routes = new Map<string, Route>();
  for (const signal of ["traces", "metrics", "logs"] as const) {
    const intake = intakes[signal];
    if (intake !== undefined) routes.set(config[`${signal}_url_path`], { signal, intake });
  }
  const maxBodyBytes = config.max_request_body_size;
  const fail = (path: string, error: unknown): Reply => {
    host.log.error("cannot serve a request", { path, error: String((error as Error)?.stack ?? error) });
    return internalReply("application/x-protobuf");
  };
  const authenticate = serverAuth(host, config.auth);
  return listenHttp({
    what: `receiver "${host.id.text}"`,
    option: `receivers::${host.id.text}::protocols::http::endpoint`,
    endpoint: config.endpoint,
    tls: config.tls,
    log: host.log,
    idleTimeoutMs: config.idle_timeout,
    headersTimeoutMs: config.read_header_timeout,
    handler: (request, response) => {
      if (beginAnswer(config, request, response)) return;
      const failure = authenticate?.(request.headers);
      if (failure !== undefined) {
        for (const [name, value] of Object.entries(failure.headers)) response.setHeader(name, value);
        const type = contentTypeOf(request.headers["content-type"]) ?? "application/x-protobuf";
        return send(response, statusReply(type, failure.status, CODE.unauthenticated, failure.message));
      }
      const refused = refusedEncoding(config, request);
      if (refused !== undefined) {
        const type = contentTypeOf(request.headers["content-type"]) ?? "application/x-protobuf";
        return send(response, statusReply(type, 400, CODE.invalidArgument, refused));
      }
      const path = pathOf(request);
      const route = routes.get(path);
      if (route === undefined)
        return send(response, textReply(404, "404 page not found\n", "text/plain; charset=utf-8"));
      void serve(route, maxBodyBytes, request, response).catch((error: unknown) => {
        const reply = fail(path, error);
        if (!response.headersSent) send(response, reply);
      });
    },
    // The plain reader keeps no headers: it can neither ask who is there nor follow rules about them.
    ...(config.http_reader === "node" || authenticate !== undefined || hasRules(config)
      ? {}
      : {
          plain: {
            maxBodyBytes,
            isServed: (path) => routes.has(path),
            answer: (request) => answerPlain(routes.get(request.path) as Route, maxBodyBytes, request, fail),
          },
        }),
  });
}

function answerPlain(
  route: Route,
  maxBodyBytes: number,
  request: PlainRequest,
  fail: (path: string, error: unknown) => Reply,
): Reply | Promise<Reply> {
  const type = contentTypeOf(request.contentType);
  if (type === undefined) return UNSUPPORTED_TYPE;
  try {
    const { body, contentEncoding, lease } = request;
    const answer =
      contentEncoding === ""
        ? answerBody(route.signal, route.intake, type, body, lease)
        : inflateBody(contentEncoding, body, maxBodyBytes).then(
            (inflated) => {
              if (inflated !== body) lease?.release();
              return answerBody(route.signal, route.intake, type, inflated);
            },
            (error: unknown) => errorReply(type, error),
          );
    return answer instanceof Promise ? answer.catch((error: unknown) => fail(request.path, error)) : answer;
  } catch (error) {
    return fail(request.path, error);
  }
}

async function serve(
  { signal, intake }: Route,
  maxBytes: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== "POST") return send(response, textReply(405, "405 method not allowed, supported: [POST]"));
  const type = contentTypeOf(request.headers["content-type"]);
  if (type === undefined) return send(response, UNSUPPORTED_TYPE);
  let body: Buffer;
  try {
    body = await readBody(request, maxBytes);
  } catch (error) {
    const reply = errorReply(type, error);
    if (error instanceof BodyError && error.status === 413) return sendTooLarge(request, response, reply);
    return send(response, reply);
  }
  send(response, await answerBody(signal, intake, type, body));
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? "/";
  const query = url.indexOf("?");
  return query < 0 ? url : url.slice(0, query);
}

function send(response: ServerResponse, reply: Reply): void {
  if (reply.retryAfterSeconds !== undefined) response.setHeader("retry-after", reply.retryAfterSeconds);
  response.writeHead(reply.status, { "content-type": reply.contentType, "content-length": reply.body.length });
  // Without a body the headers go out in one plain write.
  if (reply.body.length === 0) response.end();
  else response.end(reply.body);
}

/** How long a client may go on sending what nobody will read. */
const DRAIN_MS = 1000;

/**
 * Answers at once but closes only when the client stopped sending: closing a socket with unread data resets it, and the
 * client would see the reset in place of the answer.
 */
function sendTooLarge(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, {
    "content-type": reply.contentType,
    "content-length": reply.body.length,
    connection: "close",
  });
  response.write(reply.body);
  const finish = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(finish, DRAIN_MS);
  request.once("close", finish);
  request.once("end", finish);
  request.resume();
}
