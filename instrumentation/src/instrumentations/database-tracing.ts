import type { Context, Span, SpanOptions, SpanStatus, Tracer, TracerProvider } from "@opentelemetry/api";
import { loadApi } from "../otel.js";
import { maskErrorMessage } from "../redaction/sql.js";

/**
 * A tracer provider for database clients: an operation outside any trace gets no span (a poller would else start a
 * trace every second), while its metrics are still recorded, which the instrumentations' own `requireParentSpan`
 * leaves out. Values that a server quotes in error messages are masked.
 */
export function databaseTracerProvider(delegate: TracerProvider): TracerProvider {
  return {
    getTracer: (name, version, options) => new DatabaseTracer(delegate.getTracer(name, version, options)),
  };
}

class DatabaseTracer implements Tracer {
  readonly #delegate: Tracer;

  constructor(delegate: Tracer) {
    this.#delegate = delegate;
  }

  startSpan(name: string, options?: SpanOptions, context?: Context): Span {
    const api = loadApi();
    const parent = context ?? api.context.active();
    const within = api.trace.getSpanContext(parent);
    if (within === undefined || !api.isSpanContextValid(within)) {
      return api.trace.wrapSpanContext(api.INVALID_SPAN_CONTEXT);
    }
    const span = this.#delegate.startSpan(name, options, parent);
    if (span.isRecording()) maskStatusOf(span);
    return span;
  }

  startActiveSpan(...args: unknown[]): never {
    throw new Error(`BUG: a database instrumentation called startActiveSpan(${String(args[0])})`);
  }
}

function maskStatusOf(span: Span): void {
  const setStatus = span.setStatus.bind(span);
  span.setStatus = (status: SpanStatus) =>
    setStatus(status.message === undefined ? status : { ...status, message: maskErrorMessage(status.message) });
}
