/**
 * The OpenTelemetry packages, loaded by `require` on first use: importing CommonJS packages as ES modules costs a
 * second parse of each, and a process with OTEL_SDK_DISABLED must pay nothing.
 */
import Module, { createRequire } from "node:module";

const require: NodeJS.Require = createRequire(import.meta.url);

function lazily<T>(name: string): () => T {
  let loaded: T | undefined;
  return () => (loaded ??= require(name) as T);
}

export const loadApi: () => typeof import("@opentelemetry/api") = lazily("@opentelemetry/api");
export const loadCore: () => typeof import("@opentelemetry/core") = lazily("@opentelemetry/core");
export const loadInstrumentation: () => typeof import("@opentelemetry/instrumentation") = lazily(
  "@opentelemetry/instrumentation",
);
export const loadResources: () => typeof import("@opentelemetry/resources") = lazily("@opentelemetry/resources");
export const loadSdkTrace: () => typeof import("@opentelemetry/sdk-trace") = lazily("@opentelemetry/sdk-trace");
export const loadSdkMetrics: () => typeof import("@opentelemetry/sdk-metrics") = lazily("@opentelemetry/sdk-metrics");
export const loadExporterBase: () => typeof import("@opentelemetry/otlp-exporter-base") = lazily(
  "@opentelemetry/otlp-exporter-base",
);
export const loadExporterConfig: () => typeof import("@opentelemetry/otlp-exporter-base/node-http") = lazily(
  "@opentelemetry/otlp-exporter-base/node-http",
);
export const loadMetricExporter: () => typeof import("@opentelemetry/exporter-metrics-otlp-http") = lazily(
  "@opentelemetry/exporter-metrics-otlp-http",
);
export const loadTransformer: () => typeof import("@opentelemetry/otlp-transformer") = lazily(
  "@opentelemetry/otlp-transformer",
);
export const loadPrometheus: () => typeof import("@opentelemetry/exporter-prometheus") = lazily(
  "@opentelemetry/exporter-prometheus",
);
export const loadHttp: () => typeof import("@opentelemetry/instrumentation-http") = lazily(
  "@opentelemetry/instrumentation-http",
);
export const loadExpress: () => typeof import("@opentelemetry/instrumentation-express") = lazily(
  "@opentelemetry/instrumentation-express",
);
export const loadUndici: () => typeof import("@opentelemetry/instrumentation-undici") = lazily(
  "@opentelemetry/instrumentation-undici",
);
export const loadPg: () => typeof import("@opentelemetry/instrumentation-pg") = lazily(
  "@opentelemetry/instrumentation-pg",
);
export const loadRedis: () => typeof import("@opentelemetry/instrumentation-redis") = lazily(
  "@opentelemetry/instrumentation-redis",
);
export const loadRuntimeNode: () => typeof import("@opentelemetry/instrumentation-runtime-node") = lazily(
  "@opentelemetry/instrumentation-runtime-node",
);

/** What `sdk-node` requires at its top and uses only under a setting that most processes do not have. */
const seldomUsed: RegExp =
  /^@opentelemetry\/(exporter-|propagator-|otlp-grpc-|configuration$|sdk-logs$|sdk-trace-(base|node)$)/;

interface ModuleLoader {
  _load(request: string, parent: NodeJS.Module | undefined, isMain: boolean): unknown;
}

/**
 * `@opentelemetry/sdk-node`, with its seldom used requires (gRPC, Zipkin, log exporters, YAML configuration…) put off
 * until a property of theirs is read. Measured on Node 20.20, two busy cores: 712 files and 400 ms become 253 and 160.
 */
export function loadNodeSdk(): typeof import("@opentelemetry/sdk-node") {
  const loader = Module as unknown as ModuleLoader;
  const original = loader._load;
  loader._load = function load(request, parent, isMain) {
    if (parent !== undefined && seldomUsed.test(request) && /[\\/]sdk-node[\\/]/.test(parent.filename)) {
      return deferred(() => parent.require(request) as object);
    }
    return original.call(this, request, parent, isMain);
  };
  try {
    return require("@opentelemetry/sdk-node") as typeof import("@opentelemetry/sdk-node");
  } finally {
    loader._load = original;
  }
}

function deferred(load: () => object): object {
  let loaded: object | undefined;
  return new Proxy(
    {},
    {
      get: (_target, key) => Reflect.get((loaded ??= load()), key) as unknown,
      has: (_target, key) => Reflect.has((loaded ??= load()), key),
    },
  );
}

/** A package that `sdk-node` depends on and we do not: whatever the install layout, it can be found from there. */
export function requireFromNodeSdk<T>(name: string): T {
  return createRequire(require.resolve("@opentelemetry/sdk-node"))(name) as T;
}

/**
 * Loads node:http and node:https through the require hook, where the http instrumentation patches them, and brings the
 * patched functions into ES modules that have already bound them (`import { request } from "node:http"`).
 */
export function patchBuiltins(): void {
  require("node:http");
  require("node:https");
  Module.syncBuiltinESMExports();
}
