import type { IncomingMessage, ServerResponse } from "node:http";
import { jsonToProtobuf, MalformedOtlpError, type Signal } from "@venturi/otlp";
import type { ComponentHost, Outcome, Refusal } from "../../component.js";
import { BodyError, readBody } from "../../net/http-body.js";
import { type HttpListener, listenHttp } from "../../net/http-listener.js";
import { CODE, encodeRpcStatus } from "../../net/rpc-status.js";
import type { HttpConfig } from "./config.js";
import { allowCors } from "./cors.js";
import type { Intake } from "./intake.js";

const PROTOBUF = "application/x-protobuf";
const JSON_TYPE = "application/json";
type ContentType = typeof PROTOBUF | typeof JSON_TYPE;

const EMPTY_JSON = Buffer.from('{"partialSuccess":{}}');

export type Intakes = Partial<Readonly<Record<Signal, Intake>>>;

/** OTLP/HTTP. @throws StartError when the address cannot be bound. */
export function startHttpServer(config: HttpConfig, intakes: Intakes, host: ComponentHost): Promise<HttpListener> {
  const routes = new Map<string, { signal: Signal; intake: Intake }>();
  for (const signal of ["traces", "metrics", "logs"] as const) {
    const intake = intakes[signal];
    if (intake !== undefined) routes.set(config[`${signal}_url_path`], { signal, intake });
  }
  return listenHttp({
    what: `receiver "${host.id.text}"`,
    option: `receivers::${host.id.text}::protocols::http::endpoint`,
    endpoint: config.endpoint,
    tls: config.tls,
    idleTimeoutMs: config.idle_timeout,
    headersTimeoutMs: config.read_header_timeout,
    handler: (request, response) => {
      if (config.cors !== undefined && allowCors(config.cors, request, response)) return;
      const path = pathOf(request);
      const route = routes.get(path);
      if (route === undefined) return sendText(response, 404, "404 page not found\n", "text/plain; charset=utf-8");
      void serve(route.signal, route.intake, config.max_request_body_size, request, response).catch(
        (error: unknown) => {
          host.log.error("cannot serve a request", { path, error: String((error as Error)?.stack ?? error) });
          if (!response.headersSent) sendStatus(response, PROTOBUF, 500, CODE.internal, "internal error");
        },
      );
    },
  });
}

async function serve(
  signal: Signal,
  intake: Intake,
  maxBytes: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== "POST") return sendText(response, 405, "405 method not allowed, supported: [POST]");
  const type = contentTypeOf(request);
  if (type === undefined) {
    return sendText(response, 415, `415 unsupported media type, supported: [${JSON_TYPE}, ${PROTOBUF}]`);
  }
  let outcome: Outcome;
  try {
    const body = await readBody(request, maxBytes);
    const answer = intake.accept(type === JSON_TYPE ? jsonToProtobuf(signal, body) : body);
    outcome = answer instanceof Promise ? await answer : answer;
  } catch (error) {
    if (error instanceof MalformedOtlpError)
      return sendStatus(response, type, 400, CODE.invalidArgument, error.message);
    if (!(error instanceof BodyError)) throw error;
    if (error.status === 413) return sendTooLarge(request, response, type, error.message);
    return sendStatus(response, type, error.status, CODE.invalidArgument, error.message);
  }
  if (outcome !== undefined) return sendRefusal(response, type, outcome);
  const isJson = type === JSON_TYPE;
  response.writeHead(200, { "content-type": type, "content-length": isJson ? EMPTY_JSON.length : 0 });
  // Without a body the headers go out in one plain write.
  if (isJson) response.end(EMPTY_JSON);
  else response.end();
}

function pathOf(request: IncomingMessage): string {
  const url = request.url ?? "/";
  const query = url.indexOf("?");
  return query < 0 ? url : url.slice(0, query);
}

function contentTypeOf(request: IncomingMessage): ContentType | undefined {
  const header = request.headers["content-type"];
  if (header === PROTOBUF || header === JSON_TYPE) return header;
  const type = header?.split(";", 1)[0]?.trim().toLowerCase();
  return type === PROTOBUF || type === JSON_TYPE ? type : undefined;
}

/** A full queue asks this sender to slow down (429); anything else says that the collector cannot take data now (503). */
function sendRefusal(response: ServerResponse, type: ContentType, refusal: Refusal): void {
  if (!refusal.retryable) {
    sendStatus(response, type, 500, CODE.internal, refusal.message);
    return;
  }
  const full = refusal.reason === "queue_full";
  response.setHeader("retry-after", Math.max(1, Math.ceil((refusal.retryAfterMs ?? 1000) / 1000)));
  sendStatus(response, type, full ? 429 : 503, full ? CODE.resourceExhausted : CODE.unavailable, refusal.message);
}

function sendStatus(response: ServerResponse, type: ContentType, status: number, code: number, message: string): void {
  const payload = statusPayload(type, code, message);
  response.writeHead(status, { "content-type": type, "content-length": payload.length });
  response.end(payload);
}

function statusPayload(type: ContentType, code: number, message: string): Uint8Array {
  return type === JSON_TYPE ? Buffer.from(JSON.stringify({ code, message })) : encodeRpcStatus({ code, message });
}

/** How long a client may go on sending what nobody will read. */
const DRAIN_MS = 1000;

/**
 * Answers at once but closes only when the client stopped sending: closing a socket with unread data resets it, and the
 * client would see the reset in place of the answer.
 */
function sendTooLarge(request: IncomingMessage, response: ServerResponse, type: ContentType, message: string): void {
  const payload = statusPayload(type, CODE.invalidArgument, message);
  response.writeHead(413, { "content-type": type, "content-length": payload.length, connection: "close" });
  response.write(payload);
  const finish = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(finish, DRAIN_MS);
  request.once("close", finish);
  request.once("end", finish);
  request.resume();
}

function sendText(response: ServerResponse, status: number, text: string, type = "text/plain"): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) });
  response.end(text);
}
