import type { Server } from "node:http";
import type { Attributes, Meter, MeterProvider, TracerProvider } from "@opentelemetry/api";
import type { HttpInstrumentation } from "@opentelemetry/instrumentation-http";
import type { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import { loadApi, loadCore, loadHttp, loadUndici } from "../otel.js";
import { redactedQueryParameters, redactQuery, redactUrl } from "../redaction/url.js";
import { observeServers } from "./http-server/observe.js";

/** Servers of our own (the Prometheus endpoint), whose requests are nobody's traffic. */
export const ownServers: WeakSet<Server> = new WeakSet();

/** The upstream instrumentation for clients; servers are observed by {@link observeHttpServers}. */
export function createHttpInstrumentation(): HttpInstrumentation {
  const { HttpInstrumentation } = loadHttp();
  return new HttpInstrumentation({
    disableIncomingRequestInstrumentation: true,
    // Upstream still measures a request that it does not trace, such as our own to the collector.
    ignoreOutgoingRequestHook: isSuppressed,
    redactedQueryParams: [...redactedQueryParameters],
  });
}

/** Servers' spans and metrics, in the name of the http instrumentation. */
export function observeHttpServers(
  http: HttpInstrumentation,
  tracers: TracerProvider,
  meters: MeterProvider,
  isSpanPrivate: boolean,
): void {
  const { instrumentationName: name, instrumentationVersion: version } = http;
  const tracer = tracers.getTracer(name, version);
  observeServers({ tracer, meter: meters.getMeter(name, version), ownServers, isSpanPrivate });
}

export function createUndiciInstrumentation(): UndiciInstrumentation {
  const { UndiciInstrumentation } = loadUndici();
  return new UndiciInstrumentation({
    ignoreRequestHook: isSuppressed,
    startSpanHook: (request) => redactedUrlAttributes(request.origin, request.path),
  });
}

function isSuppressed(): boolean {
  return loadCore().isTracingSuppressed(loadApi().context.active());
}

function redactedUrlAttributes(origin: string, path: string): Attributes {
  if (!path.includes("?") && !origin.includes("@")) return {};
  const url = new URL(path, origin);
  return { "url.full": redactUrl(url), "url.query": redactQuery(url.search.slice(1)) };
}

/**
 * Gives the undici instrumentation the meter of the http one: both record `http.client.request.duration`, and two
 * scopes with the same series are one conflict in every Prometheus that ignores scopes.
 */
export function shareMeter(provider: MeterProvider, http: HttpInstrumentation): MeterProvider {
  const meter = provider.getMeter(http.instrumentationName, http.instrumentationVersion);
  const shared: Meter = Object.create(meter) as Meter;
  shared.createHistogram = (name, options) =>
    meter.createHistogram(name, { ...options, description: clientDurationDescription });
  return { getMeter: () => shared };
}

const clientDurationDescription = "Duration of HTTP client requests.";
