import { type Diagnosis, diagnose, signals, type Trace } from "@venturi/analysis";
import { HttpApi } from "../backends/http.js";
import { JaegerClient, type TimeWindow } from "../backends/jaeger.js";
import { PrometheusClient } from "../backends/prometheus.js";
import { LoadTestError } from "../load-test-error.js";

export interface Backends {
  readonly prometheusUrl: string;
  readonly jaegerUrl: string;
  /** The service that requests enter; found from the traces by default. */
  readonly rootService?: string;
}

export interface Look {
  readonly window: TimeWindow;
  readonly rootService: string;
  readonly traces: readonly Trace[];
  readonly diagnosis: Diagnosis;
  readonly notes: readonly string[];
}

/**
 * What limited a running system in a window of time, from its own telemetry: no load is made.
 * @throws LoadTestError when a backend is not there or has no trace of that time
 */
export async function look(backends: Backends, window: TimeWindow): Promise<Look> {
  const jaeger = new JaegerClient(new HttpApi("Jaeger", backends.jaegerUrl));
  const prometheus = new PrometheusClient(new HttpApi("Prometheus", backends.prometheusUrl));
  const rootService = backends.rootService ?? (await jaeger.findRootService(window));
  const traces = rootService === null ? [] : await jaeger.sampleTraces(rootService, window);
  if (rootService === null || traces.length === 0) {
    const [from, to] = [window.startMs, window.endMs].map((ms) => new Date(ms).toISOString());
    const through = rootService === null ? "" : ` through ${rootService}`;
    throw new LoadTestError(`no traces${through} from ${from} to ${to} at ${jaeger.api.title}`);
  }
  const notes: string[] = [];
  const series = await prometheus.signals(signals, window, (text) => notes.push(text));
  const diagnosis = diagnose({ window, traces, series, load: null, rootService });
  return { window, rootService, traces, diagnosis, notes };
}
