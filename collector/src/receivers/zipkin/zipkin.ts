import type { IncomingMessage, ServerResponse } from "node:http";
import { type Batch, readBatch, type Signal } from "@venturi/otlp";
import { type Authenticate, serverAuth } from "../../auth/authenticator.js";
import type { ComponentHost, Consumer, Outcome, Receiver, ReceiverFactory } from "../../component.js";
import { BodyError, readBody } from "../../net/http-body.js";
import { type HttpListener, listenHttp } from "../../net/http-listener.js";
import { beginAnswer, refusedEncoding } from "../../net/http-server-rules.js";
import { type ReceiverMetrics, receiverMetrics } from "../../telemetry/receiver-metrics.js";
import { type ZipkinReceiverConfig, zipkinReceiverSchema } from "./config.js";
import { MalformedZipkinError } from "./model.js";
import { parseSpans } from "./parse-spans.js";
import { translateSpans } from "./translate.js";

/** Spans of zipkin clients, v2 JSON: https://zipkin.io/zipkin-api/ */
export const zipkinReceiver: ReceiverFactory<ZipkinReceiverConfig> = {
  kind: "receiver",
  type: "zipkin",
  schema: zipkinReceiverSchema,
  signals: { traces: "beta" },
  create: (config, outputs, host) => new ZipkinReceiver(config, outputs, host),
};

class ZipkinReceiver implements Receiver {
  private readonly config: ZipkinReceiverConfig;
  private readonly output: Consumer | undefined;
  private readonly host: ComponentHost;
  private readonly metrics: ReceiverMetrics;
  private listener: HttpListener | undefined;
  private authenticate: Authenticate | undefined;

  constructor(config: ZipkinReceiverConfig, outputs: Partial<Readonly<Record<Signal, Consumer>>>, host: ComponentHost) {
    this.config = config;
    this.output = outputs.traces;
    this.host = host;
    this.metrics = receiverMetrics(host.metrics, host.id.text, "http_v2_json", "traces");
  }

  async start(): Promise<void> {
    const { id, bound, log } = this.host;
    this.authenticate = serverAuth(this.host, this.config.auth);
    this.listener = await listenHttp({
      what: `receiver "${id.text}"`,
      option: `receivers::${id.text}::endpoint`,
      endpoint: this.config.endpoint,
      tls: this.config.tls,
      log,
      idleTimeoutMs: this.config.idle_timeout,
      headersTimeoutMs: this.config.read_header_timeout,
      handler: (request, response) => void this.answer(request, response),
    });
    bound("http", this.listener.address);
    log.info("Starting zipkin server", { endpoint: this.listener.address });
  }

  async shutdown(): Promise<void> {
    const { listener } = this;
    this.listener = undefined;
    const remainingMs = this.host.drainDeadlineMs() - performance.now();
    await listener?.close(Number.isFinite(remainingMs) ? Math.max(0, remainingMs / 2) : undefined);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.serve(request, response);
    } catch (error) {
      this.host.log.error("cannot serve a request", { error: String((error as Error)?.stack ?? error) });
      if (!response.headersSent) send(response, 500, '"Internal Server Error"');
    }
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (beginAnswer(this.config, request, response)) return;
    const failure = this.authenticate?.(request.headers);
    if (failure !== undefined) {
      for (const [name, value] of Object.entries(failure.headers)) response.setHeader(name, value);
      return send(response, failure.status, failure.message);
    }
    const refused = refusedEncoding(this.config, request);
    if (refused !== undefined) return send(response, 400, refused);
    const why = unsupportedRequest(request);
    if (why !== undefined) return send(response, why.status, why.message);
    let outcome: Outcome;
    try {
      const spans = parseSpans(await readBody(request, this.config.max_request_body_size));
      outcome = await this.accept(readBatch("traces", translateSpans(spans, this.config.parse_string_tags)));
    } catch (error) {
      if (error instanceof MalformedZipkinError) return send(response, 400, error.message);
      // What the client still sends is not read, so the connection cannot be used again.
      if (error instanceof BodyError) return send(response, error.status, error.message, error.status === 413);
      throw error;
    }
    if (outcome === undefined) return send(response, 202, "");
    // Upstream's words. A reporter of zipkin does not come back: what it sent is lost, and counted as refused.
    if (outcome.retryable) send(response, 500, '"Internal Server Error"');
    else send(response, 400, '"Bad Request"');
  }

  private async accept(batch: Batch): Promise<Outcome> {
    if (batch.itemCount === 0 || this.output === undefined) return undefined;
    const outcome = await this.output.consume(batch);
    (outcome === undefined ? this.metrics.accepted : this.metrics.refused).add(batch.itemCount);
    return outcome;
  }
}

function unsupportedRequest(request: IncomingMessage): { status: number; message: string } | undefined {
  if (request.method !== "POST") return { status: 405, message: "405 method not allowed, supported: [POST]" };
  if (request.url?.includes("api/v1/spans")) {
    return { status: 404, message: "zipkin v1 is not supported; let the client send to /api/v2/spans" };
  }
  const type = request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/x-protobuf" && type !== "application/x-thrift") return undefined;
  return { status: 415, message: `${type} is not supported; let the client send JSON` };
}

function send(response: ServerResponse, status: number, text: string, close = false): void {
  response.writeHead(status, {
    "content-length": Buffer.byteLength(text),
    ...(text === "" ? {} : { "content-type": "text/plain; charset=utf-8" }),
    ...(close ? { connection: "close" } : {}),
  });
  response.end(text);
}
