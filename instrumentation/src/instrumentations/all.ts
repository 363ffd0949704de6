import type { MeterProvider, TracerProvider } from "@opentelemetry/api";
import type { Instrumentation } from "@opentelemetry/instrumentation";
import type { ViewOptions } from "@opentelemetry/sdk-metrics";
import type { Environment } from "../environment.js";
import { loadRedis, loadRuntimeNode } from "../otel.js";
import { databaseTracerProvider } from "./database-tracing.js";
import { createExpressInstrumentation } from "./express.js";
import { createHttpInstrumentation, createUndiciInstrumentation, observeHttpServers, shareMeter } from "./http.js";
import { createPgInstrumentation, upstreamPoolMetricsView } from "./pg.js";
import { createPgPoolInstrumentation } from "./pg-pool.js";

export interface InstrumentationSet {
  /** Names as in OTEL_NODE_ENABLED_INSTRUMENTATIONS, in the order of this list. */
  readonly names: readonly string[];
  readonly instrumentations: readonly Instrumentation[];
  readonly views: readonly ViewOptions[];
  /** To be called once the SDK has set the global providers; see `isSpanPrivate` of `http-server/observe.ts`. */
  connect(tracers: TracerProvider, meters: MeterProvider, isSpanPrivate: boolean): void;
}

/** What the environment's lists leave of http, express, undici, pg, redis, runtime-node and process. */
export function createInstrumentations(environment: Environment): InstrumentationSet {
  const chosen = known.filter(
    (name) =>
      (environment.enabledInstrumentations?.has(name) ?? true) && !environment.disabledInstrumentations.has(name),
  );
  const has = (name: (typeof known)[number]): boolean => chosen.includes(name);
  const http = has("http") ? createHttpInstrumentation() : undefined;
  const undici = has("undici") ? createUndiciInstrumentation() : undefined;
  const pg = has("pg") ? createPgInstrumentation() : undefined;
  const redis = has("redis") ? new (loadRedis().RedisInstrumentation)() : undefined;
  const instrumentations: (Instrumentation | undefined)[] = [
    http,
    has("express") ? createExpressInstrumentation(environment.expressMiddlewareSpans) : undefined,
    undici,
    pg,
    pg && createPgPoolInstrumentation(),
    redis,
    has("runtime-node") ? new (loadRuntimeNode().RuntimeNodeInstrumentation)() : undefined,
  ];
  return {
    names: chosen,
    instrumentations: instrumentations.filter((instrumentation) => instrumentation !== undefined),
    views: pg ? [upstreamPoolMetricsView(pg)] : [],
    connect: (tracers, meters, isSpanPrivate) => {
      pg?.setTracerProvider(databaseTracerProvider(tracers));
      redis?.setTracerProvider(databaseTracerProvider(tracers));
      if (http === undefined) return;
      observeHttpServers(http, tracers, meters, isSpanPrivate);
      undici?.setMeterProvider(shareMeter(meters, http));
    },
  };
}

const known = ["http", "express", "undici", "pg", "redis", "runtime-node", "process"] as const;
