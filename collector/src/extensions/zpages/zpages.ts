import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { type Authenticate, serverAuth } from "../../auth/authenticator.js";
import type { ComponentHost, Extension, ExtensionFactory } from "../../component.js";
import { section } from "../../config/schema-types.js";
import { type HttpListener, listenHttp } from "../../net/http-listener.js";
import { httpServerOptions } from "../../net/http-server-config.js";
import { beginAnswer } from "../../net/http-server-rules.js";
import { pageOf } from "./pages.js";

const schema = z.strictObject({
  ...httpServerOptions("127.0.0.1:55679"),
  /** Serves the process' memory as JSON at `/debug/expvarz`. */
  expvar: section(z.strictObject({ enabled: z.boolean().default(false) })).prefault({}),
});

export type ZPagesConfig = z.infer<typeof schema>;

/** Pages about the running collector, for people. */
export const zPagesExtension: ExtensionFactory<ZPagesConfig> = {
  kind: "extension",
  type: "zpages",
  schema,
  create: (config, host) => new ZPages(config, host),
};

class ZPages implements Extension {
  private readonly config: ZPagesConfig;
  private readonly host: ComponentHost;
  private authenticate: Authenticate | undefined;
  private listener: HttpListener | undefined;

  constructor(config: ZPagesConfig, host: ComponentHost) {
    this.config = config;
    this.host = host;
  }

  async start(): Promise<void> {
    const { id, bound, log } = this.host;
    const { auth, endpoint, idle_timeout, read_header_timeout, tls } = this.config;
    this.authenticate = serverAuth(this.host, auth);
    this.listener = await listenHttp({
      what: `extension "${id.text}"`,
      option: `extensions::${id.text}::endpoint`,
      endpoint,
      tls,
      log,
      idleTimeoutMs: idle_timeout,
      headersTimeoutMs: read_header_timeout,
      handler: (request, response) => this.serve(request, response),
    });
    bound("http", this.listener.address);
  }

  async shutdown(): Promise<void> {
    const { listener } = this;
    this.listener = undefined;
    await listener?.close(0);
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    if (beginAnswer(this.config, request, response)) return;
    const failure = this.authenticate?.(request.headers);
    if (failure !== undefined) {
      response.writeHead(failure.status, failure.headers);
      response.end(failure.message);
      return;
    }
    const path = (request.url ?? "/").split("?", 1)[0] as string;
    if (path === "/" || path === "/debug" || path === "/debug/") {
      response.writeHead(302, { location: "/debug/servicez" });
      response.end();
      return;
    }
    if (path === "/debug/expvarz" && this.config.expvar.enabled) {
      response.writeHead(200, { "content-type": "application/json; charset=utf-8" });
      response.end(JSON.stringify({ cmdline: process.argv, memstats: process.memoryUsage() }));
      return;
    }
    const html = pageOf(path, this.host.service());
    response.writeHead(html === undefined ? 404 : 200, {
      "content-type": html === undefined ? "text/plain; charset=utf-8" : "text/html; charset=utf-8",
      // The pages hold no script; nothing may bring one in.
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    });
    response.end(html ?? "404 page not found\n");
  }
}
