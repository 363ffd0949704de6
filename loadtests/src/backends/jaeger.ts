import { quantile, type Trace } from "@venturi/analysis";
import { LoadTestError } from "../load-test-error.js";
import type { HttpApi } from "./http.js";
import { type JaegerTrace, toTrace } from "./jaeger-json.js";

export interface TimeWindow {
  readonly startMs: number;
  readonly endMs: number;
}

const tracesMax = 1500;
const slices = 10;
const slowTracesMax = 150;
const probeTraces = 20;

/** Reads traces over the Jaeger query API, from Jaeger or from what speaks like it. */
export class JaegerClient {
  readonly api: HttpApi;

  constructor(api: HttpApi) {
    this.api = api;
  }

  async services(): Promise<string[]> {
    const body = (await this.api.getJson("/api/services")) as { data?: unknown };
    if (body.data !== null && body.data !== undefined && !Array.isArray(body.data)) {
      throw new LoadTestError(`${this.api.title} does not answer like Jaeger: is it the right address?`);
    }
    return ((body.data ?? []) as unknown[]).map(String).sort();
  }

  async traces(service: string, window: TimeWindow, limit: number, minDurationMs?: number): Promise<Trace[]> {
    const body = (await this.api.getJson("/api/traces", {
      service,
      start: String(Math.floor(window.startMs * 1000)),
      end: String(Math.ceil(window.endMs * 1000)),
      limit: String(limit),
      ...(minDurationMs === undefined ? {} : { minDuration: `${Math.floor(minDurationMs * 1000)}us` }),
    })) as { data?: JaegerTrace[] | null };
    return (body.data ?? []).flatMap((trace) => toTrace(trace) ?? []);
  }

  /**
   * The service that the load enters: the one that most traces begin in. Every service is asked for a few traces, since
   * a trace is found through any service that takes part in it.
   */
  async findRootService(window: TimeWindow): Promise<string | null> {
    const votes = new Map<string, number>();
    const seen = new Set<string>();
    for (const service of await this.services()) {
      for (const { traceId, spans } of await this.traces(service, window, probeTraces)) {
        if (seen.has(traceId)) continue;
        seen.add(traceId);
        const ids = new Set(spans.map((span) => span.spanId));
        const heads = spans.filter((span) => span.parentSpanId === null || !ids.has(span.parentSpanId));
        const entry = heads.filter((span) => span.kind === "server").sort((a, b) => b.durationUs - a.durationUs)[0];
        if (entry !== undefined) votes.set(entry.service, (votes.get(entry.service) ?? 0) + 1);
      }
    }
    return [...votes].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0] ?? null;
  }

  /**
   * A fair sample of the traces under load. The backend cuts a long answer at its limit, usually keeping the newest: so
   * the time is asked for in slices, which bounds that bias to a slice. If any slice was cut, the slowest traces are
   * asked for in addition; they are marked and take no part in percentiles.
   */
  async sampleTraces(rootService: string, window: TimeWindow): Promise<Trace[]> {
    const found = new Map<string, Trace>();
    const limit = Math.floor((tracesMax - slowTracesMax) / slices);
    const lengthMs = (window.endMs - window.startMs) / slices;
    let cut = false;
    for (let slice = 0; slice < slices; slice++) {
      const startMs = window.startMs + slice * lengthMs;
      const traces = await this.traces(rootService, { startMs, endMs: startMs + lengthMs }, limit);
      if (traces.length >= limit) cut = true;
      for (const trace of traces) found.set(trace.traceId, trace);
    }
    if (cut) {
      const slow = quantile([...found.values()].map(rootDurationMs), 0.9);
      for (const trace of await this.traces(rootService, window, slowTracesMax, slow)) {
        if (!found.has(trace.traceId)) found.set(trace.traceId, { ...trace, extra: true });
      }
    }
    return [...found.values()].sort((a, b) => (a.traceId < b.traceId ? -1 : 1));
  }
}

function rootDurationMs({ spans }: Trace): number {
  return Math.max(...spans.map((span) => (span.kind === "consumer" ? 0 : span.durationUs))) / 1000;
}
