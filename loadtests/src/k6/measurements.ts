import { type EndpointLoad, type LoadSummary, sortedQuantile } from "@venturi/analysis";
import type { TimelinePoint } from "../load-report.js";
import type { K6Row } from "./csv.js";
import { endpointName } from "./endpoint-name.js";
import { NumberList } from "./number-list.js";

/** Requests of any protocol that k6 times. */
const durationMetrics = ["http_req_duration", "grpc_req_duration", "browser_http_req_duration"];
export const watchedMetrics: readonly string[] = [...durationMetrics, "vus", "iterations", "dropped_iterations"];

/** A script that puts ids in names has as many names as requests; beyond this they are counted together. */
const namesMax = 200;
const otherNames = "(other names)";
const timelinePointsMax = 120;

/** Every request of a run, column by column. */
export interface Samples {
  readonly endpoints: readonly { readonly method: string; readonly name: string }[];
  /** Index into `endpoints`. */
  readonly endpoint: Float64Array;
  /** Unix milliseconds of each request's end. */
  readonly endMs: Float64Array;
  readonly durationMs: Float64Array;
  /** 1 for a request that failed. */
  readonly failed: Float64Array;
}

interface Endpoint {
  readonly index: number;
  readonly name: string;
  readonly method: string;
  readonly durationsMs: NumberList;
  failed: number;
}

export interface RecentLoad {
  readonly ratePerSecond: number;
  readonly p95Ms: number;
  readonly failedShare: number;
  readonly virtualUsers: number | null;
}

/** Everything k6 measured: exact, since every request is kept (as two numbers and a bit). */
export class Measurements {
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #endsMs = new NumberList();
  readonly #durationsMs = new NumberList();
  readonly #failures = new NumberList();
  readonly #endpointIndexes = new NumberList();
  readonly #virtualUsers: [timeMs: number, count: number][] = [];
  #droppedIterations = 0;
  #iterations = 0;
  #startMs = Number.POSITIVE_INFINITY;
  #endMs = 0;

  /** Of the script's function, finished ones. */
  get iterations(): number {
    return this.#iterations;
  }

  get requests(): number {
    return this.#durationsMs.length;
  }

  add(row: K6Row): void {
    const timeMs = Number(row.timestamp);
    const value = Number(row.metric_value);
    if (!Number.isFinite(timeMs) || !Number.isFinite(value)) return;
    if (row.metric_name === "vus") this.#virtualUsers.push([timeMs, value]);
    else if (row.metric_name === "iterations") this.#iterations += value;
    else if (row.metric_name === "dropped_iterations") this.#droppedIterations += value;
    else this.#addRequest(row, timeMs, value);
  }

  #addRequest(row: K6Row, endMs: number, durationMs: number): void {
    const failed = hasFailed(row);
    this.#endsMs.push(endMs);
    this.#durationsMs.push(durationMs);
    this.#failures.push(failed ? 1 : 0);
    this.#startMs = Math.min(this.#startMs, endMs - durationMs);
    this.#endMs = Math.max(this.#endMs, endMs);
    const endpoint = this.#endpoint(row.method ?? "", endpointName(row.name ?? "", row.url ?? ""));
    this.#endpointIndexes.push(endpoint.index);
    endpoint.durationsMs.push(durationMs);
    if (failed) endpoint.failed++;
  }

  #endpoint(method: string, name: string): Endpoint {
    const known = this.#endpoints.get(`${method} ${name}`);
    if (known !== undefined) return known;
    if (this.#endpoints.size >= namesMax && name !== otherNames) return this.#endpoint("", otherNames);
    const endpoint = { index: this.#endpoints.size, name, method, durationsMs: new NumberList(), failed: 0 };
    this.#endpoints.set(`${method} ${name}`, endpoint);
    return endpoint;
  }

  samples(): Samples {
    return {
      endpoints: [...this.#endpoints.values()].map(({ method, name }) => ({ method, name })),
      endpoint: this.#endpointIndexes.toArray(),
      endMs: this.#endsMs.toArray(),
      durationMs: this.#durationsMs.toArray(),
      failed: this.#failures.toArray(),
    };
  }

  /** The last seconds, for progress; null before the first request. */
  recent(seconds: number): RecentLoad | null {
    if (this.requests === 0) return null;
    const sinceMs = Math.max(this.#startMs, this.#endMs - seconds * 1000);
    const durations: number[] = [];
    let failed = 0;
    // k6 writes rows nearly in the order of time: some slack finds the few that are late.
    for (let i = this.requests - 1, older = 0; i >= 0 && older < 1000; i--) {
      if (this.#endsMs.at(i) < sinceMs) older++;
      else {
        durations.push(this.#durationsMs.at(i));
        failed += this.#failures.at(i);
      }
    }
    return {
      ratePerSecond: durations.length / Math.max(0.5, (this.#endMs - sinceMs) / 1000),
      p95Ms: sortedQuantile(Float64Array.from(durations).sort(), 0.95),
      failedShare: failed / Math.max(1, durations.length),
      virtualUsers: this.#virtualUsers.at(-1)?.[1] ?? null,
    };
  }

  /** Null when no request was made. */
  summary(): LoadSummary | null {
    if (this.requests === 0) return null;
    const seconds = Math.max(0.001, (this.#endMs - this.#startMs) / 1000);
    const endpoints = [...this.#endpoints.values()].map(summarizeEndpoint);
    endpoints.sort((a, b) => b.requests - a.requests || (a.name < b.name ? -1 : 1));
    return {
      startMs: this.#startMs,
      endMs: this.#endMs,
      requests: this.requests,
      failed: endpoints.reduce((total, endpoint) => total + endpoint.failed, 0),
      ratePerSecond: this.requests / seconds,
      ...percentiles(this.#durationsMs),
      droppedIterations: this.#droppedIterations,
      endpoints,
    };
  }

  /** The load's course in at most 120 buckets of whole seconds. */
  timeline(): TimelinePoint[] {
    if (this.requests === 0) return [];
    const bucketSeconds = Math.max(1, Math.ceil((this.#endMs - this.#startMs) / 1000 / timelinePointsMax));
    const bucketMs = bucketSeconds * 1000;
    // A last bucket of less than half the length would show a dip that never was: it joins the one before.
    const count = Math.max(1, Math.round((this.#endMs - this.#startMs) / bucketMs));
    const buckets = Array.from({ length: count }, () => ({ durations: [] as number[], failed: 0 }));
    const indexOf = (timeMs: number): number =>
      Math.min(count - 1, Math.max(0, Math.floor((timeMs - this.#startMs) / bucketMs)));
    for (let i = 0; i < this.requests; i++) {
      const bucket = buckets[indexOf(this.#endsMs.at(i))];
      bucket?.durations.push(this.#durationsMs.at(i));
      if (bucket !== undefined) bucket.failed += this.#failures.at(i);
    }
    const virtualUsers = new Map(this.#virtualUsers.map(([timeMs, users]) => [indexOf(timeMs), users]));
    return buckets.map(({ durations, failed }, index) => {
      const sorted = Float64Array.from(durations).sort();
      const at = (q: number): number | null => (sorted.length === 0 ? null : sortedQuantile(sorted, q));
      const startMs = this.#startMs + index * bucketMs;
      const lengthMs = index < count - 1 ? bucketMs : Math.max(bucketMs / 2, this.#endMs - startMs);
      const lengthSeconds = lengthMs / 1000;
      return {
        timeMs: startMs,
        ratePerSecond: durations.length / lengthSeconds,
        failedPerSecond: failed / lengthSeconds,
        p50Ms: at(0.5),
        p95Ms: at(0.95),
        p99Ms: at(0.99),
        virtualUsers: virtualUsers.get(index) ?? null,
      };
    });
  }
}

/** k6's own judgement (`expected_response`, which scripts may redefine), else the status. */
function hasFailed(row: K6Row): boolean {
  if (row.expected_response === "true" || row.expected_response === "false") return row.expected_response === "false";
  const status = Number(row.status ?? "");
  return (row.error_code ?? "") !== "" || status >= 400;
}

function summarizeEndpoint({ name, method, durationsMs, failed }: Endpoint): EndpointLoad {
  return { name, method, requests: durationsMs.length, failed, ...percentiles(durationsMs) };
}

function percentiles(durations: NumberList): Pick<EndpointLoad, "p50Ms" | "p90Ms" | "p95Ms" | "p99Ms" | "maxMs"> {
  const sorted = durations.sorted();
  const at = (q: number): number => sortedQuantile(sorted, q);
  return { p50Ms: at(0.5), p90Ms: at(0.9), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: at(1) };
}
