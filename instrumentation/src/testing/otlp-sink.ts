import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { decodeMetrics, decodeTraces, type WireKeyValue, type WirePoint, type WireValue } from "./otlp-schema.js";

type Value = string | number | boolean | readonly Value[] | undefined;
export type Attributes = Readonly<Record<string, Value>>;

export interface ReceivedSpan {
  readonly service: string;
  readonly resource: Attributes;
  readonly scope: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: "internal" | "server" | "client" | "producer" | "consumer" | "unspecified";
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly attributes: Attributes;
}

export interface ReceivedPoint {
  readonly service: string;
  readonly name: string;
  readonly unit: string;
  readonly attributes: Attributes;
  readonly value: number;
  readonly bounds: readonly number[];
}

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
}

/** A collector for tests: accepts OTLP/HTTP protobuf, keeps what it got, and wakes who waits for something. */
export class OtlpSink {
  readonly spans: ReceivedSpan[] = [];
  /** The latest point of each series. */
  readonly points: Map<string, ReceivedPoint> = new Map();
  readonly requests: ReceivedRequest[] = [];
  readonly #server: Server;
  readonly #waiting = new Set<() => void>();

  private constructor(server: Server) {
    this.#server = server;
    server.on("request", (request: IncomingMessage, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        this.#take(request, Buffer.concat(chunks));
        response.writeHead(200, { "Content-Type": "application/x-protobuf" }).end();
      });
    });
  }

  static async listen(): Promise<OtlpSink> {
    const server = createServer();
    const sink = new OtlpSink(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return sink;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves with what `find` returns as soon as that is not undefined. */
  until<T>(find: (sink: OtlpSink) => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = find(this);
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  pointsOf(name: string): ReceivedPoint[] {
    return [...this.points.values()].filter((point) => point.name === name);
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #take(request: IncomingMessage, raw: Buffer): void {
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
    this.requests.push({ path: request.url ?? "", headers: request.headers });
    if (request.url === "/v1/traces") this.#takeTraces(body);
    else if (request.url === "/v1/metrics") this.#takeMetrics(body);
    for (const look of [...this.#waiting]) look();
  }

  #takeTraces(body: Buffer): void {
    for (const { resource, scopeSpans } of decodeTraces(body).resourceSpans ?? []) {
      const resourceAttributes = attributesOf(resource?.attributes);
      for (const { scope, spans } of scopeSpans) {
        for (const span of spans) {
          this.spans.push({
            service: String(resourceAttributes["service.name"]),
            resource: resourceAttributes,
            scope: scope?.name ?? "",
            traceId: span.traceId,
            spanId: span.spanId,
            parentSpanId: span.parentSpanId ?? "",
            name: span.name,
            kind: kinds[span.kind] ?? "unspecified",
            statusCode: span.status?.code ?? 0,
            statusMessage: span.status?.message ?? "",
            attributes: attributesOf(span.attributes),
          });
        }
      }
    }
  }

  #takeMetrics(body: Buffer): void {
    for (const { resource, scopeMetrics } of decodeMetrics(body).resourceMetrics ?? []) {
      const service = String(attributesOf(resource?.attributes)["service.name"]);
      for (const metric of scopeMetrics.flatMap((scope) => scope.metrics)) {
        for (const point of (metric.gauge ?? metric.sum ?? metric.histogram)?.dataPoints ?? []) {
          const attributes = attributesOf(point.attributes);
          this.points.set(JSON.stringify([service, metric.name, attributes]), {
            service,
            name: metric.name,
            unit: metric.unit ?? "",
            attributes,
            value: valueOfPoint(point),
            bounds: point.explicitBounds ?? [],
          });
        }
      }
    }
  }
}

const kinds: readonly ReceivedSpan["kind"][] = ["unspecified", "internal", "server", "client", "producer", "consumer"];

/** The count, for a histogram. */
function valueOfPoint(point: WirePoint): number {
  return point.count ?? point.asDouble ?? point.asInt ?? 0;
}

function attributesOf(pairs: readonly WireKeyValue[] = []): Attributes {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, plain(value)]));
}

function plain(value: WireValue = {}): Value {
  if (value.arrayValue !== undefined) return (value.arrayValue.values ?? []).map(plain);
  return value.stringValue ?? value.boolValue ?? value.intValue ?? value.doubleValue;
}
