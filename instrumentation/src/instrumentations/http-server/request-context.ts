import type { Context, Span } from "@opentelemetry/api";

/** The API's keys are registered symbols, so a context of our own can answer for them. */
const spanKey: symbol = Symbol.for("OpenTelemetry Context Key SPAN");
const rpcMetadataKey: symbol = Symbol.for("OpenTelemetry SDK Context Key RPC_METADATA");

/**
 * A served request: the context node that holds its span, and at the same time the metadata where frameworks'
 * instrumentations write the route. One object in place of two copies of a Map and a metadata object.
 */
export class ServedRequest implements Context {
  readonly type = "http";
  readonly span: Span;
  readonly startMs: number;
  readonly method: string;
  readonly scheme: "http" | "https";
  readonly protocolVersion: string;
  route: string | undefined = undefined;
  /** What mounts above the running layer have matched of the route; kept by `express-routes.ts`. */
  mountedAt = "";
  isEnded = false;
  readonly #parent: Context;

  constructor(
    parent: Context,
    span: Span,
    method: string,
    scheme: "http" | "https",
    protocolVersion: string,
    startMs: number,
  ) {
    this.#parent = parent;
    this.span = span;
    this.method = method;
    this.scheme = scheme;
    this.protocolVersion = protocolVersion;
    this.startMs = startMs;
  }

  getValue(key: symbol): unknown {
    if (key === spanKey) return this.span;
    if (key === rpcMetadataKey) return this;
    return this.#parent.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#copied().setValue(key, value);
  }

  deleteValue(key: symbol): Context {
    return this.#copied().deleteValue(key);
  }

  /** As the API's own context, so that deeper nodes do not search through a chain. */
  #copied(): Context {
    return this.#parent.setValue(spanKey, this.span).setValue(rpcMetadataKey, this);
  }
}

/** On a request and its response: what is known of them. */
export const servedKey: unique symbol = Symbol("venturi.served");

/** The request that is being served by this request or response object, if it is observed. */
export function servedOf(message: object): ServedRequest | undefined {
  return (message as { [servedKey]?: ServedRequest })[servedKey];
}
