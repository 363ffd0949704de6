import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import zlib from "node:zlib";
import type { Agent, Dispatcher } from "undici";
import { clientTlsSchema } from "../../net/tls-config.js";
import { clientContext } from "../../net/tls-material.js";
import { undici } from "../../net/undici.js";
import type { HttpOptions } from "./http-options.js";

export interface FetchedPage {
  readonly body: Buffer;
  readonly contentType: string;
}

export interface PageLimits {
  /** Of the body, inflated. */
  readonly bodyBytes: number;
  readonly abort: AbortSignal;
}

const MAX_REDIRECTS = 10;
const gunzip = promisify(zlib.gunzip) as (body: Buffer, options: zlib.ZlibOptions) => Promise<Buffer>;

/** Gets pages as Prometheus does, with its options of HTTP clients. */
export class ScrapeClient {
  private readonly agent: Agent;
  private readonly dispatcher: Dispatcher;
  private readonly options: HttpOptions;

  /** @throws StartError when a certificate cannot be read; `what` names who asks. */
  constructor(what: string, options: HttpOptions) {
    this.options = options;
    const { Agent, interceptors } = undici();
    this.agent = new Agent(
      options.tls_config === undefined ? {} : { connect: connectOptions(what, options.tls_config) },
    );
    this.dispatcher = options.follow_redirects
      ? this.agent.compose(interceptors.redirect({ maxRedirections: MAX_REDIRECTS }))
      : this.agent;
  }

  /** @throws Error with one line that says why not. */
  async get(url: string, headers: Readonly<Record<string, string>>, limits: PageLimits): Promise<FetchedPage> {
    const answer = await undici().request(url, {
      dispatcher: this.dispatcher,
      headers: { "user-agent": "venturi-collector", ...headers, ...(await this.ownHeaders()) },
      signal: limits.abort,
      // The scrape's own limit ends it.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    if (answer.statusCode !== 200) {
      await answer.body.dump();
      throw new Error(`server returned HTTP status ${answer.statusCode}`);
    }
    const body = await readBody(answer.body as AsyncIterable<Buffer>, limits.bodyBytes);
    const isGzip = String(answer.headers["content-encoding"] ?? "").toLowerCase() === "gzip";
    return {
      body: isGzip ? await inflate(body, limits.bodyBytes) : body,
      contentType: String(answer.headers["content-type"] ?? ""),
    };
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  /** Secrets in files are read at each request, as Prometheus does: they are rotated in place. */
  private async ownHeaders(): Promise<Record<string, string | string[]>> {
    const { basic_auth, authorization, bearer_token, bearer_token_file, http_headers } = this.options;
    const headers: Record<string, string | string[]> = {};
    for (const [name, { values, secrets, files }] of Object.entries(http_headers)) {
      const fromFiles = await Promise.all(files.map(readSecret));
      headers[name] = [...values, ...secrets, ...fromFiles];
    }
    if (basic_auth !== undefined) {
      const username =
        basic_auth.username_file === undefined ? basic_auth.username : await readSecret(basic_auth.username_file);
      const password = basic_auth.password ?? (await readSecret(basic_auth.password_file));
      headers.authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    } else if (authorization !== undefined) {
      const credentials = authorization.credentials ?? (await readSecret(authorization.credentials_file));
      headers.authorization = `${authorization.type} ${credentials}`;
    } else if (bearer_token || bearer_token_file) {
      headers.authorization = `Bearer ${bearer_token ?? (await readSecret(bearer_token_file))}`;
    }
    return headers;
  }
}

function connectOptions(what: string, config: NonNullable<HttpOptions["tls_config"]>) {
  const { ca, ca_file, cert, cert_file, key, key_file, server_name, insecure_skip_verify } = config;
  const tls = clientTlsSchema.parse({
    ...present({ ca_pem: ca, ca_file, cert_pem: cert, cert_file, key_pem: key, key_file }),
    min_version: versionOf(config.min_version),
    ...(config.max_version === undefined ? {} : { max_version: versionOf(config.max_version) }),
  });
  return {
    ...clientContext(what, tls),
    ...(server_name === undefined ? {} : { servername: server_name }),
    rejectUnauthorized: !insecure_skip_verify,
  };
}

function present(options: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(options).filter((pair): pair is [string, string] => Boolean(pair[1])));
}

/** `TLS12` → `1.2`. */
function versionOf(name: string): string {
  return `${name.slice(3, 4)}.${name.slice(4)}`;
}

async function readSecret(file: string | undefined): Promise<string> {
  if (file === undefined) return "";
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    throw new Error(`cannot read secret: ${(error as Error).message}`, { cause: error });
  }
}

async function readBody(body: AsyncIterable<Buffer>, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw new Error(`body size limit of ${limitBytes} bytes exceeded`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function inflate(body: Buffer, limitBytes: number): Promise<Buffer> {
  try {
    return await gunzip(body, { maxOutputLength: limitBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      throw new Error(`body size limit of ${limitBytes} bytes exceeded`, { cause: error });
    }
    throw error;
  }
}
