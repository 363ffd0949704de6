import type { PgInstrumentation } from "@opentelemetry/instrumentation-pg";
import type { ViewOptions } from "@opentelemetry/sdk-metrics";
import { loadPg, loadSdkMetrics } from "../otel.js";
import { maskSqlLiterals } from "../redaction/sql.js";

/** Queries with parameters keep their text (it holds no values); the literals of others are masked. */
export function createPgInstrumentation(): PgInstrumentation {
  const { PgInstrumentation } = loadPg();
  return new PgInstrumentation({
    requestHook: (span, { query }) => {
      if (query.values === undefined || query.values.length === 0) {
        span.setAttribute("db.query.text", maskSqlLiterals(query.text));
      }
    },
  });
}

/**
 * Upstream keeps one set of counters for all pools of a process, and moves them only on pool events: with two pools
 * they go wrong, and a growing queue is invisible until something is released. Ours are read from the pools.
 */
export function upstreamPoolMetricsView(pg: PgInstrumentation): ViewOptions {
  const { AggregationType } = loadSdkMetrics();
  return {
    meterName: pg.instrumentationName,
    instrumentName: "db.client.connection.*",
    aggregation: { type: AggregationType.DROP },
  };
}
