import { z } from "zod";
import type { ComponentHost, Extension, ExtensionFactory } from "../../component.js";
import { listenAddress, section, unsupported } from "../../config/schema-types.js";
import { type HttpListener, listenHttp } from "../../net/http-listener.js";
import { serverTlsSchema } from "../../net/tls-config.js";

const schema = z.strictObject({
  endpoint: listenAddress("127.0.0.1:13133"),
  path: z.string().regex(/^\//, "must begin with /").default("/"),
  tls: serverTlsSchema.optional(),
  response_body: section(
    z.strictObject({ healthy: z.string().default(""), unhealthy: z.string().default("") }),
  ).optional(),
  check_collector_pipeline: unsupported(
    "it never worked upstream; read /ledger on the port of the collector's own metrics",
  ),
});

export type HealthCheckConfig = z.infer<typeof schema>;

/** Says over HTTP whether the collector serves: 200 or 503. */
export const healthCheckExtension: ExtensionFactory<HealthCheckConfig> = {
  kind: "extension",
  type: "health_check",
  schema,
  create: (config, host) => new HealthCheck(config, host),
};

class HealthCheck implements Extension {
  private readonly config: HealthCheckConfig;
  private readonly host: ComponentHost;
  private readonly startedMs = Date.now();
  private listener: HttpListener | undefined;

  constructor(config: HealthCheckConfig, host: ComponentHost) {
    this.config = config;
    this.host = host;
  }

  async start(): Promise<void> {
    this.listener = await listenHttp({
      what: `extension "${this.host.id.text}"`,
      option: `extensions::${this.host.id.text}::endpoint`,
      endpoint: this.config.endpoint,
      tls: this.config.tls,
      handler: (request, response) => {
        const path = (request.url ?? "/").split("?", 1)[0];
        if (path !== this.config.path) {
          response.writeHead(404, { "content-type": "text/plain" });
          response.end("404 page not found\n");
          return;
        }
        const healthy = this.host.isServing();
        const custom = this.config.response_body;
        const type = custom === undefined ? "application/json" : "text/plain";
        response.writeHead(healthy ? 200 : 503, { "content-type": type });
        response.end(custom === undefined ? this.status(healthy) : healthy ? custom.healthy : custom.unhealthy);
      },
    });
    this.host.bound("http", this.listener.address);
  }

  async shutdown(): Promise<void> {
    const { listener } = this;
    this.listener = undefined;
    await listener?.close();
  }

  private status(healthy: boolean): string {
    if (!healthy)
      return JSON.stringify({ status: "Server not available", upSince: new Date(0).toISOString(), uptime: "" });
    const seconds = (Date.now() - this.startedMs) / 1000;
    return JSON.stringify({
      status: "Server available",
      upSince: new Date(this.startedMs).toISOString(),
      uptime: `${seconds}s`,
    });
  }
}
