import type { Signal, TimeSeries } from "@venturi/analysis";
import { LoadTestError } from "../load-test-error.js";
import type { HttpApi } from "./http.js";
import type { TimeWindow } from "./jaeger.js";

const pointsPerSeries = 60;

interface ApiResponse {
  readonly status?: string;
  readonly data?: { readonly result?: readonly MatrixRow[] };
}

interface MatrixRow {
  readonly metric?: Record<string, string>;
  readonly values?: readonly (readonly [number, string])[];
  readonly value?: readonly [number, string];
}

/** Reads metrics over the Prometheus HTTP API, from Prometheus or from what speaks like it. */
export class PrometheusClient {
  readonly api: HttpApi;

  constructor(api: HttpApi) {
    this.api = api;
  }

  async range(query: string, { startMs, endMs }: TimeWindow): Promise<TimeSeries[]> {
    const stepSeconds = Math.max(1, Math.ceil((endMs - startMs) / 1000 / pointsPerSeries));
    const rows = await this.#query("/api/v1/query_range", {
      query,
      start: (startMs / 1000).toFixed(3),
      end: (endMs / 1000).toFixed(3),
      step: String(stepSeconds),
    });
    return rows.map(({ metric, values }) => ({
      labels: metric ?? {},
      points: (values ?? []).map(([seconds, value]) => [seconds * 1000, Number(value)] as const),
    }));
  }

  /** The single value of an instant query; null when it has none. */
  async value(query: string): Promise<number | null> {
    const [row] = await this.#query("/api/v1/query", { query });
    return row?.value === undefined ? null : Number(row.value[1]);
  }

  /** Every signal's series. A signal that the backend cannot evaluate is left out and explained. */
  async signals(
    signals: readonly Signal[],
    window: TimeWindow,
    note: (text: string) => void,
  ): Promise<Record<string, TimeSeries[]>> {
    const series: Record<string, TimeSeries[]> = {};
    for (const { name, query } of signals) {
      try {
        series[name] = await this.range(query, window);
      } catch (error) {
        if (!(error instanceof LoadTestError)) throw error;
        note(`The signal ${name} could not be read: ${error.message}`);
      }
    }
    return series;
  }

  async #query(path: string, parameters: Readonly<Record<string, string>>): Promise<readonly MatrixRow[]> {
    const body = (await this.api.getJson(path, parameters)) as ApiResponse;
    if (body.status !== "success") {
      throw new LoadTestError(`${this.api.title} does not answer like Prometheus: is it the right address?`);
    }
    return body.data?.result ?? [];
  }
}
