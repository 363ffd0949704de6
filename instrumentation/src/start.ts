import { isMainThread } from "node:worker_threads";
import type { Attributes } from "@opentelemetry/api";
import type { Instrumentation } from "@opentelemetry/instrumentation";
import type { SpanProcessor } from "@opentelemetry/sdk-trace";
import { say, setDiagnostics } from "./diagnostics.js";
import { type Environment, readEnvironment, withEnvironment } from "./environment.js";
import { registerEsmHook } from "./esm-hook.js";
import { createInstrumentations, type InstrumentationSet } from "./instrumentations/all.js";
import { createPromClientWatch } from "./instrumentations/prom-client.js";
import { createMetricPipeline, type MetricPipeline } from "./metric-pipeline.js";
import { loadApi, loadNodeSdk, loadResources, patchBuiltins } from "./otel.js";
import { defaultServiceResource, identifyService, resourceDetectors } from "./resource.js";
import { registerProcessMetrics } from "./runtime/process-metrics.js";
import { bounded, flushAtExit } from "./shutdown.js";
import { createTracePipeline, type TracePipeline } from "./trace-pipeline.js";

/** Everything has a default; OTEL_* variables win over what is given here, as the user of an app must be able to. */
export interface StartOptions {
  /** Default: `name` of the main script's package.json. */
  readonly serviceName?: string;
  readonly serviceVersion?: string;
  /** More attributes of the resource, such as `deployment.environment.name`. */
  readonly resourceAttributes?: Attributes;
  /** Third-party instrumentations to run beside ours. */
  readonly instrumentations?: readonly Instrumentation[];
  /** Packages that those instrumentations patch in ES modules. */
  readonly esmPackages?: readonly string[];
  /** More span processors, called before the exporting one. */
  readonly spanProcessors?: readonly SpanProcessor[];
  /** Flush on SIGTERM, SIGINT and at the end of the event loop. Default: true. */
  readonly flushAtExit?: boolean;
}

export interface Running {
  readonly serviceName: string;
  /** The URL of the Prometheus endpoint once it is bound; undefined when there is none or its port is in use. */
  readonly prometheusUrl: Promise<string | undefined>;
  /** Sends what is buffered. Resolves also when the collector is away. */
  flush(): Promise<void>;
  /** Flushes, within two seconds, and stops. */
  shutdown(): Promise<void>;
}

const startedKey: unique symbol = Symbol.for("@venturi/instrumentation") as never;
const registry = globalThis as { [startedKey]?: Running };

const stopped: Running = {
  serviceName: "",
  prometheusUrl: Promise.resolve(undefined),
  flush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

/**
 * Starts traces and metrics for this process. Call it before the app loads what is to be traced; a second call returns
 * what the first one started. With OTEL_SDK_DISABLED=true nothing is loaded or patched. Never throws because of the
 * environment: what makes no sense there is one warning and its default.
 */
export function start(options: StartOptions = {}): Running {
  const already = registry[startedKey];
  if (already !== undefined) return already;
  const environment = readEnvironment(process.env);
  const running = environment.disabled ? stopped : startEnabled(options, environment);
  registry[startedKey] = running;
  return running;
}

function startEnabled(options: StartOptions, environment: Environment): Running {
  setDiagnostics(environment.logLevel);
  process.env.OTEL_SEMCONV_STABILITY_OPT_IN ??= "http,database";
  const esmPackages = [...(environment.esmHook ? ["express"] : []), ...(options.esmPackages ?? [])];
  if (esmPackages.length > 0) registerEsmHook(esmPackages);

  const set = createInstrumentations(environment);
  const traces = createTracePipeline(environment);
  const metrics = createMetricPipeline(environment, isMainThread);
  const sdk = startSdk(options, set, traces, metrics);
  const api = loadApi();
  const isSpanPrivate = (options.spanProcessors ?? []).length === 0 && !environment.spanAttributeLimits;
  set.connect(api.trace.getTracerProvider(), api.metrics.getMeterProvider(), isSpanPrivate);
  if (isMainThread && set.names.includes("process")) registerProcessMetrics(api.metrics.getMeterProvider());
  patchBuiltins();

  let flushed: Promise<unknown> = Promise.resolve();
  // One after the other: what ended while a flush was under way is the next one's.
  const flush = async (): Promise<void> => {
    flushed = flushed.then(() => Promise.all([traces.flush(), metrics.flush()]));
    await flushed;
  };
  if (isMainThread && options.flushAtExit !== false) flushAtExit(flush);
  const prometheusUrl = metrics.prometheus?.ready ?? Promise.resolve(undefined);
  if (isMainThread) void announce(sdk.serviceName, set, traces, metrics, prometheusUrl);
  return {
    serviceName: sdk.serviceName,
    prometheusUrl,
    flush,
    shutdown: () => {
      metrics.prometheus?.close();
      return bounded(sdk.shutdown());
    },
  };
}

function startSdk(
  options: StartOptions,
  set: InstrumentationSet,
  traces: TracePipeline,
  metrics: MetricPipeline,
): { serviceName: string; shutdown: () => Promise<void> } {
  const { NodeSDK } = loadNodeSdk();
  const { detectResources, resourceFromAttributes } = loadResources();
  const identity = identifyService(process.argv[1], process.cwd());
  const resource = defaultServiceResource({
    name: options.serviceName ?? identity.name,
    version: options.serviceVersion ?? (options.serviceName === undefined ? identity.version : undefined),
  }).merge(resourceFromAttributes(options.resourceAttributes ?? {}));
  const promClient = metrics.prometheus && createPromClientWatch((found) => metrics.prometheus?.registries.add(found));
  const isDetectorsChosen = process.env.OTEL_NODE_RESOURCE_DETECTORS !== undefined;
  const detectors = resourceDetectors();
  // Logs are not exported unless asked for; and the SDK's own diagnostics would go to stdout.
  const changes = { OTEL_LOGS_EXPORTER: process.env.OTEL_LOGS_EXPORTER ?? "none", OTEL_LOG_LEVEL: undefined };
  const sdk = withEnvironment(changes, () => {
    const created = new NodeSDK({
      resource,
      ...(isDetectorsChosen ? {} : { resourceDetectors: detectors }),
      instrumentations: [
        ...set.instrumentations,
        ...(promClient ? [promClient] : []),
        ...(options.instrumentations ?? []),
      ],
      metricReaders: [...metrics.readers],
      spanProcessors:
        traces.spanProcessors.length === 0 ? [] : [...(options.spanProcessors ?? []), ...traces.spanProcessors],
      views: [...set.views],
    });
    created.start();
    return created;
  });
  const named = resource.merge(detectResources({ detectors: detectors.slice(-1) })).attributes["service.name"];
  return { serviceName: String(named), shutdown: () => sdk.shutdown() };
}

/** One line on stderr: what is instrumented, and where it goes. */
async function announce(
  serviceName: string,
  set: InstrumentationSet,
  traces: TracePipeline,
  metrics: MetricPipeline,
  prometheusUrl: Promise<string | undefined>,
): Promise<void> {
  const scrape = await prometheusUrl;
  const list = (destinations: readonly string[]): string => destinations.join(" and ") || "nowhere";
  const scraped = scrape === undefined ? [] : [scrape];
  say(
    `${serviceName}: ${set.names.join(", ")}; traces to ${list(traces.destinations)}, ` +
      `metrics to ${list([...metrics.destinations, ...scraped])}`,
  );
}
