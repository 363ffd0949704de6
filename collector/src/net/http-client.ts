import { Readable } from "node:stream";
import type { SecureContextOptions } from "node:tls";
import type { Agent, buildConnector, Dispatcher } from "undici";
import { z } from "zod";
import { type Authenticator, authSchema } from "../auth/authenticator.js";
import { durationMs, stringMap, unsupported } from "../config/schema-types.js";
import { ExportError } from "../export/export-error.js";
import type { Logger } from "../telemetry/logger.js";
import { type ClientTlsConfig, clientTlsSchema } from "./tls-config.js";
import { clientContext, watchContext } from "./tls-material.js";
import { undici } from "./undici.js";

/** Options of the Collector's confighttp client, to be spread into an exporter's schema. */
export const httpClientOptions = {
  headers: stringMap(),
  tls: clientTlsSchema.prefault({}),
  max_idle_conns: z.int().min(0).optional(),
  max_idle_conns_per_host: z.int().min(0).optional(),
  /** 0: unlimited. */
  max_conns_per_host: z.int().min(0).default(0),
  idle_conn_timeout: durationMs("90s"),
  disable_keep_alives: z.boolean().default(false),
  read_buffer_size: z.int().min(0).optional(),
  write_buffer_size: z.int().min(0).optional(),
  force_attempt_http2: z.boolean().optional(),
  http2_read_idle_timeout: durationMs().optional(),
  http2_ping_timeout: durationMs().optional(),
  proxy_url: unsupported("an HTTP proxy"),
  auth: authSchema.optional(),
  cookies: unsupported("cookies"),
  middlewares: unsupported("middlewares"),
};
const clientSchema = z.strictObject(httpClientOptions);
export type HttpClientConfig = z.infer<typeof clientSchema>;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData["headers"];
  readonly body: Uint8Array;
}

/** The most of an answer that anybody reads. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** One destination over HTTP: keeps connections, sends bodies, reads short answers. */
export class HttpClient {
  private readonly agent: Agent;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly credentials: Authenticator["credentials"];
  private readonly stopWatching: () => void;

  /**
   * `credentials` is what an authenticator adds to each request.
   * @throws StartError when a certificate cannot be read.
   */
  constructor(what: string, config: HttpClientConfig, log: Logger, credentials?: Authenticator["credentials"]) {
    this.credentials = credentials;
    this.headers = config.headers;
    const context = (): SecureContextOptions => clientContext(what, config.tls);
    let connect = connector(config.tls, context());
    this.stopWatching = watchContext(config.tls, context, (changed) => (connect = connector(config.tls, changed)), log);
    this.agent = new (undici().Agent)({
      connections: config.max_conns_per_host === 0 ? null : config.max_conns_per_host,
      keepAliveTimeout: Math.max(1, config.idle_conn_timeout || 90_000),
      pipelining: config.disable_keep_alives ? 0 : 1,
      connect: (options, callback) => connect(options, callback),
    });
  }

  /** @throws ExportError, retryable, when no answer comes. */
  async post(url: string, body: HttpBody, headers: Record<string, string>, abort: AbortSignal): Promise<HttpAnswer> {
    try {
      const answer = await undici().request(url, {
        method: "POST",
        dispatcher: this.agent,
        headers: { ...headers, ...lengthOf(body), ...this.headers, ...this.credentials?.() },
        body: wholeOf(body) ?? Readable.from(body, { objectMode: false }),
        signal: abort,
        // The time limit is the exporter's `timeout`, which ends the request by `abort`.
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      return { status: answer.statusCode, headers: answer.headers, body: await readAnswer(answer.body) };
    } catch (error) {
      if (error instanceof ExportError) throw error;
      const cause = abort.aborted && abort.reason instanceof Error ? abort.reason : (error as Error);
      throw new ExportError(`cannot send to ${url}: ${describe(cause)}`, { retryable: true, cause });
    }
  }

  async close(): Promise<void> {
    this.stopWatching();
    await this.agent.close();
  }
}

function connector(tls: ClientTlsConfig, context: SecureContextOptions): buildConnector.connector {
  return undici().buildConnector({
    ...context,
    ...(tls.server_name_override === undefined ? {} : { servername: tls.server_name_override }),
    rejectUnauthorized: !tls.insecure_skip_verify,
  });
}

/** Bytes, or pieces that are sent one after the other. */
export type HttpBody = Uint8Array | readonly Uint8Array[];

/** Of pieces undici does not know the length, and would send them chunked. */
function lengthOf(body: HttpBody): Record<string, string> {
  if (body instanceof Uint8Array || body.length === 1) return {};
  return { "content-length": String(body.reduce((sum, piece) => sum + piece.length, 0)) };
}

function wholeOf(body: HttpBody): Uint8Array | undefined {
  return body instanceof Uint8Array ? body : body.length === 1 ? body[0] : undefined;
}

async function readAnswer(body: AsyncIterable<Uint8Array> & { dump(): Promise<void> }): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function describe(error: Error): string {
  const code = (error as NodeJS.ErrnoException).code;
  return error.message === "" ? String(code ?? error.name) : error.message;
}

/** `Retry-After` in milliseconds: seconds or an HTTP date. */
export function retryAfterMs(headers: HttpAnswer["headers"], nowMs: number = Date.now()): number | undefined {
  const header = headers["retry-after"];
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text.trim())) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
