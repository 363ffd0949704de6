/** Spans and `http.server.request.duration` of `node:http` and `node:https` servers. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { Attributes, Context, Histogram, Meter, Span, Tracer } from "@opentelemetry/api";
import { loadApi, loadCore } from "../../otel.js";
import { normalizedMethod, requestAttributes } from "./attributes.js";
import { ServedRequest, servedKey, servedOf } from "./request-context.js";

const require: NodeJS.Require = createRequire(import.meta.url);

export interface ServerObservation {
  readonly tracer: Tracer;
  readonly meter: Meter;
  /** Servers of our own, whose requests are nobody's traffic. */
  readonly ownServers: WeakSet<Server>;
  /**
   * Nobody looks at a span's attributes before it ends: no processor of the user's, no limits. They are then put in
   * the span after the sampling decision as they are, in place of three copies with checks by the SDK.
   */
  readonly isSpanPrivate: boolean;
}

type Emit = (this: Emitting, event: string | symbol, ...args: unknown[]) => boolean;
interface Emitting {
  emit: Emit;
  readonly _events?: Readonly<Record<string | symbol, unknown>>;
}
type Observed<T> = T & { [servedKey]?: ServedRequest };

/**
 * Patches `emit` of the prototypes of servers, requests and responses, once for all of them. Upstream instead rebinds
 * the listener functions of every request and response, to keep the context in listeners that the parser calls: three
 * closures and eight own properties a request, a good part of its cost.
 */
export function observeServers(observation: ServerObservation): void {
  const http = require("node:http") as typeof import("node:http");
  const https = require("node:https") as typeof import("node:https");
  const observer = new ServerObserver(observation);
  patchServer(http.Server.prototype as unknown as Emitting, "http", observer);
  patchServer(https.Server.prototype as unknown as Emitting, "https", observer);
  patchMessage(http.IncomingMessage.prototype as unknown as Emitting, () => undefined);
  patchMessage(http.ServerResponse.prototype as unknown as Emitting, (served, response, event, argument) =>
    observer.onResponseEvent(served, response as ServerResponse, event, argument),
  );
}

function patchServer(prototype: Emitting, scheme: "http" | "https", observer: ServerObserver): void {
  const original = prototype.emit;
  prototype.emit = function emit(event, ...args) {
    if (event !== "request") return original.call(this, event, ...args);
    const [request, response] = args as [IncomingMessage, ServerResponse];
    const context = observer.onRequest(this as unknown as Server, request, response, scheme);
    if (context === undefined) return original.call(this, event, ...args);
    const { context: contexts } = loadApi();
    try {
      return contexts.with(context, original, this, event, ...args);
    } catch (error) {
      if (context instanceof ServedRequest) observer.onError(context, error as Error);
      throw error;
    }
  };
}

/** Events of a request and of its response run in the request's context, wherever they come from. */
function patchMessage(
  prototype: Emitting,
  look: (served: ServedRequest, message: object, event: string | symbol, argument: unknown) => void,
): void {
  const original = prototype.emit;
  const { context: contexts } = loadApi();
  prototype.emit = function emit(event, ...args) {
    const served = servedOf(this);
    if (served === undefined) return original.call(this, event, ...args);
    look(served, this, event, args[0]);
    // Most events have no listener, and asking for the active context is the dear part.
    if (this._events?.[event] === undefined || contexts.active() === served) return original.call(this, event, ...args);
    return contexts.with(served, original, this, event, ...args);
  };
}

const durationBoundaries: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

class ServerObserver {
  readonly #tracer: Tracer;
  readonly #duration: Histogram;
  readonly #ownServers: WeakSet<Server>;
  readonly #suppressed: Context;
  readonly #isSpanPrivate: boolean;

  constructor({ tracer, meter, ownServers, isSpanPrivate }: ServerObservation) {
    this.#tracer = tracer;
    this.#ownServers = ownServers;
    this.#isSpanPrivate = isSpanPrivate;
    this.#duration = meter.createHistogram("http.server.request.duration", {
      description: "Duration of HTTP server requests.",
      unit: "s",
      valueType: loadApi().ValueType.DOUBLE,
      advice: { explicitBucketBoundaries: [...durationBoundaries] },
    });
    this.#suppressed = loadCore().suppressTracing(loadApi().ROOT_CONTEXT);
  }

  /** The context to handle the request in; undefined when it has been seen by the prototype's other `emit` already. */
  onRequest(
    server: Server,
    request: Observed<IncomingMessage>,
    response: Observed<ServerResponse>,
    scheme: "http" | "https",
  ): Context | undefined {
    if (this.#ownServers.has(server)) return this.#suppressed;
    if (request[servedKey] !== undefined) return undefined;
    const { propagation, ROOT_CONTEXT } = loadApi();
    const startMs = performance.now();
    const method = normalizedMethod(request.method ?? "GET");
    const parent = propagation.extract(ROOT_CONTEXT, request.headers);
    const span = this.#startSpan(request, method, scheme, parent);
    const served = new ServedRequest(parent, span, method, scheme, request.httpVersion, startMs);
    request[servedKey] = served;
    response[servedKey] = served;
    return served;
  }

  #startSpan(request: IncomingMessage, method: string, scheme: "http" | "https", parent: Context): Span {
    const kind = loadApi().SpanKind.SERVER;
    const name = request.method ?? "GET";
    if (!this.#isSpanPrivate) {
      return this.#tracer.startSpan(name, { kind, attributes: requestAttributes(request, method, scheme) }, parent);
    }
    const span = this.#tracer.startSpan(name, { kind }, parent) as Span & { attributes?: Attributes };
    if (span.isRecording()) span.attributes = requestAttributes(request, method, scheme);
    return span;
  }

  onResponseEvent(served: ServedRequest, response: ServerResponse, event: string | symbol, argument: unknown): void {
    if (event === "close") this.#end(served, response);
    else if (event === "error") this.onError(served, argument as Error);
  }

  #end(served: ServedRequest, response: ServerResponse): void {
    if (served.isEnded) return;
    const { span, route } = served;
    const { statusCode } = response;
    if (span.isRecording()) {
      span.setAttribute("http.response.status_code", statusCode);
      if (route !== undefined) {
        span.setAttribute("http.route", route);
        span.updateName(`${response.req.method ?? "GET"} ${route}`);
      }
      if (statusCode < 100 || statusCode >= 500) span.setStatus({ code: loadApi().SpanStatusCode.ERROR });
    }
    this.#close(served, statusCode, statusCode >= 500 && statusCode < 600 ? String(statusCode) : undefined);
  }

  onError(served: ServedRequest, error: Error): void {
    if (served.isEnded) return;
    const { span } = served;
    span.setAttribute("error.type", error.name);
    span.setStatus({ code: loadApi().SpanStatusCode.ERROR, message: error.message });
    span.recordException(error);
    this.#close(served, undefined, error.name);
  }

  #close(served: ServedRequest, statusCode: number | undefined, errorType: string | undefined): void {
    served.isEnded = true;
    served.span.end();
    const attributes: Attributes = {
      "http.request.method": served.method,
      "url.scheme": served.scheme,
      "network.protocol.version": served.protocolVersion,
    };
    if (served.route !== undefined) attributes["http.route"] = served.route;
    if (statusCode !== undefined) attributes["http.response.status_code"] = statusCode;
    if (errorType !== undefined) attributes["error.type"] = errorType;
    this.#duration.record((performance.now() - served.startMs) / 1_000, attributes, served);
  }
}
